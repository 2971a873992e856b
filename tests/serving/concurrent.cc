// Runs many requests of different lengths at the same time, as TensorFlow Serving does without
// batching, and compares every answer with that of the same request alone.
//
//   concurrent EXPORT_DIR THREADS ROUNDS REQUESTS CHANNELS INPUT.f32 SAMPLES...
//
// Request k is the first SAMPLES[k % n] samples of INPUT.f32, float32 (samples, CHANNELS). After
// each of ROUNDS rounds of REQUESTS requests all threads have ended, and the memory that the process
// holds is read. Prints one JSON object: `deviation` is the largest difference from the answers
// alone, of values up to `peak`; `alone_seconds` is what one round takes one after the other.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "tensorflow/cc/saved_model/loader.h"
#include "tensorflow/core/framework/tensor.h"

namespace tf = tensorflow;

namespace {

void Check(const absl::Status& status, const std::string& doing) {
  if (status.ok()) return;
  std::cerr << doing << ": " << status << std::endl;
  std::exit(1);
}

double Seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double ResidentMebibytes() {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::vector<float> ReadFloats(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> values(file ? static_cast<size_t>(file.tellg()) / sizeof(float) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), values.size() * sizeof(float));
  if (!file || values.empty()) {
    std::cerr << path << ": no samples could be read" << std::endl;
    std::exit(1);
  }
  return values;
}

class Model {
 public:
  explicit Model(const std::string& folder) {
    Check(tf::LoadSavedModel(tf::SessionOptions(), tf::RunOptions(), folder, {"serve"}, &bundle_),
          "loading");
    const tf::SignatureDef& signature = bundle_.GetSignatures().at("serving_default");
    input_ = signature.inputs().at("waveform").name();
    for (const auto& [name, info] : signature.outputs()) outputs_.push_back(info.name());
  }

  std::vector<tf::Tensor> Run(const tf::Tensor& waveform) const {
    std::vector<tf::Tensor> stems;
    Check(bundle_.GetSession()->Run({{input_, waveform}}, outputs_, {}, &stems), "running");
    return stems;
  }

 private:
  tf::SavedModelBundle bundle_;
  std::string input_;
  std::vector<std::string> outputs_;
};

float Deviation(const std::vector<tf::Tensor>& stems, const std::vector<tf::Tensor>& expected) {
  float largest = 0;
  for (size_t i = 0; i < stems.size(); ++i) {
    const auto a = stems[i].flat<float>(), b = expected[i].flat<float>();
    if (a.size() != b.size()) return INFINITY;
    for (int64_t n = 0; n < a.size(); ++n) {
      const float difference = std::abs(a(n) - b(n));
      if (!(difference <= largest)) largest = difference;  // also if it is no number
    }
  }
  return largest;
}

void Print(const char* name, const std::vector<double>& values) {
  std::cout << "\"" << name << "\": [";
  for (size_t i = 0; i < values.size(); ++i) std::cout << (i ? ", " : "") << values[i];
  std::cout << "]";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) {
    std::cerr << "usage: concurrent EXPORT_DIR THREADS ROUNDS REQUESTS CHANNELS INPUT.f32 "
                 "SAMPLES...\n";
    return 2;
  }
  const int threads = std::atoi(argv[2]), rounds = std::atoi(argv[3]);
  const int requests = std::atoi(argv[4]);
  const int64_t channels = std::atoll(argv[5]);
  const std::vector<float> samples = ReadFloats(argv[6]);
  const Model model(argv[1]);

  std::vector<tf::Tensor> waveforms;
  for (int i = 7; i < argc; ++i) {
    const int64_t length = std::atoll(argv[i]);
    if (length < 1 || length * channels > static_cast<int64_t>(samples.size())) {
      std::cerr << argv[6] << " does not hold " << length << " samples" << std::endl;
      return 1;
    }
    waveforms.emplace_back(tf::DT_FLOAT, tf::TensorShape({1, length, channels}));
    std::memcpy(waveforms.back().data(), samples.data(), length * channels * sizeof(float));
  }
  const int lengths = static_cast<int>(waveforms.size());

  std::vector<std::vector<tf::Tensor>> alone;
  float peak = 0;
  for (const tf::Tensor& waveform : waveforms) {
    alone.push_back(model.Run(waveform));
    for (const tf::Tensor& stem : alone.back()) {
      const auto values = stem.flat<float>();
      for (int64_t n = 0; n < values.size(); ++n) peak = std::max(peak, std::abs(values(n)));
    }
  }
  double start = Seconds();
  float alone_deviation = 0;
  for (int k = 0; k < requests; ++k)
    alone_deviation = std::max(
        alone_deviation, Deviation(model.Run(waveforms[k % lengths]), alone[k % lengths]));
  const double alone_seconds = Seconds() - start;

  std::vector<double> mebibytes, round_seconds, seconds(requests);
  std::vector<float> deviations(threads, 0);
  for (int round = 0; round < rounds; ++round) {
    std::atomic<int> next{0};
    std::vector<std::thread> running;
    start = Seconds();
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&, t] {
        for (int k = next++; k < requests; k = next++) {
          const double sent = Seconds();
          const std::vector<tf::Tensor> stems = model.Run(waveforms[k % lengths]);
          seconds[k] = Seconds() - sent;
          const float deviation = Deviation(stems, alone[k % lengths]);
          if (!(deviation <= deviations[t])) deviations[t] = deviation;
        }
      });
    for (std::thread& thread : running) thread.join();
    round_seconds.push_back(Seconds() - start);
    mebibytes.push_back(ResidentMebibytes());
  }
  float deviation = 0;
  for (const float one : deviations)
    if (!(one <= deviation)) deviation = one;

  std::cout << "{\"peak\": " << peak << ", \"alone_deviation\": " << alone_deviation
            << ", \"deviation\": " << deviation << ", \"alone_seconds\": " << alone_seconds << ", ";
  Print("round_seconds", round_seconds);
  std::cout << ", ";
  Print("last_round_seconds", seconds);
  std::cout << ", ";
  Print("mebibytes", mebibytes);
  std::cout << "}" << std::endl;
  return 0;
}
