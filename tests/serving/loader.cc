// Runs an exported separator without Python, through the loader TensorFlow Serving itself uses.
//
//   loader EXPORT_DIR BATCH SAMPLES CHANNELS INPUT.f32 OUTPUT_DIR [CHUNK]
//
// Reads BATCH x SAMPLES x CHANNELS float32 values, C order, runs `serving_default`, and writes
// each named output to OUTPUT_DIR/<name>.f32 in the same form. With CHUNK, so many samples at a
// time, `stream` instead: the state, of zeros at first, is handed from one run to the next.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/cc/saved_model/loader.h"
#include "tensorflow/core/framework/tensor.h"

namespace tf = tensorflow;

namespace {

void Check(const absl::Status& status, const std::string& doing) {
  if (status.ok()) return;
  std::cerr << doing << ": " << status << std::endl;
  std::exit(1);
}

tf::Tensor ReadFloats(const std::string& path, const tf::TensorShape& shape) {
  tf::Tensor tensor(tf::DT_FLOAT, shape);
  const std::streamsize bytes = shape.num_elements() * sizeof(float);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(tensor.flat<float>().data()), bytes);
  if (file.gcount() != bytes || file.peek() != EOF) {
    std::cerr << path << ": wanted " << bytes << " bytes" << std::endl;
    std::exit(1);
  }
  return tensor;
}

void WriteFloats(const std::string& path, const tf::Tensor& tensor) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(tensor.flat<float>().data()),
             tensor.NumElements() * sizeof(float));
  if (!file) {
    std::cerr << path << ": could not be written" << std::endl;
    std::exit(1);
  }
}

// Tensors by the names that a signature has for them.
using Values = std::map<std::string, tf::Tensor>;

Values Run(const tf::SavedModelBundle& bundle, const tf::SignatureDef& signature,
           const Values& given) {
  std::vector<std::pair<std::string, tf::Tensor>> inputs;
  for (const auto& [name, value] : given)
    inputs.emplace_back(signature.inputs().at(name).name(), value);
  std::vector<std::string> names, tensors;
  for (const auto& [name, info] : signature.outputs()) {
    names.push_back(name);
    tensors.push_back(info.name());
  }
  std::vector<tf::Tensor> outputs;
  Check(bundle.GetSession()->Run(inputs, tensors, {}, &outputs), "running");
  Values found;
  for (size_t i = 0; i < names.size(); ++i) found[names[i]] = outputs[i];
  return found;
}

tf::Tensor Zeros(const tf::TensorInfo& info, int64_t batch) {
  tf::TensorShape shape({batch});
  for (int i = 1; i < info.tensor_shape().dim_size(); ++i)
    shape.AddDim(info.tensor_shape().dim(i).size());
  tf::Tensor zeros(info.dtype(), shape);
  std::memset(zeros.data(), 0, zeros.TotalBytes());
  return zeros;
}

// Copies `count` samples of `from`, from sample `first`, to sample `to_first` of `to`.
void CopySamples(const tf::Tensor& from, int64_t first, tf::Tensor* to, int64_t to_first,
                 int64_t count) {
  const auto source = from.tensor<float, 3>();
  auto target = to->tensor<float, 3>();
  for (int64_t row = 0; row < from.dim_size(0); ++row)
    for (int64_t n = 0; n < count; ++n)
      for (int64_t channel = 0; channel < from.dim_size(2); ++channel)
        target(row, to_first + n, channel) = source(row, first + n, channel);
}

Values Stream(const tf::SavedModelBundle& bundle, const tf::Tensor& waveform, int64_t chunk) {
  const tf::SignatureDef& signature = bundle.GetSignatures().at("stream");
  Values given, stems;
  for (const auto& [name, info] : signature.inputs())
    if (name != "chunk") given[name] = Zeros(info, waveform.dim_size(0));
  for (int64_t start = 0; start < waveform.dim_size(1); start += chunk) {
    const int64_t count = std::min(chunk, waveform.dim_size(1) - start);
    tf::Tensor part(tf::DT_FLOAT, {waveform.dim_size(0), count, waveform.dim_size(2)});
    CopySamples(waveform, start, &part, 0, count);
    given["chunk"] = part;
    for (const auto& [name, value] : Run(bundle, signature, given)) {
      if (given.count(name)) {
        given[name] = value;
        continue;
      }
      if (!stems.count(name)) stems[name] = tf::Tensor(tf::DT_FLOAT, waveform.shape());
      CopySamples(value, 0, &stems[name], start, count);
    }
  }
  return stems;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7 && argc != 8) {
    std::cerr << "usage: loader EXPORT_DIR BATCH SAMPLES CHANNELS INPUT.f32 OUTPUT_DIR [CHUNK]\n";
    return 2;
  }
  const tf::TensorShape shape({std::atoll(argv[2]), std::atoll(argv[3]), std::atoll(argv[4])});
  const tf::Tensor waveform = ReadFloats(argv[5], shape);

  tf::SavedModelBundle bundle;
  Check(tf::LoadSavedModel(tf::SessionOptions(), tf::RunOptions(), argv[1],
                           {"serve"}, &bundle),
        "loading");
  const Values stems =
      argc == 8 ? Stream(bundle, waveform, std::atoll(argv[7]))
                : Run(bundle, bundle.GetSignatures().at("serving_default"),
                      {{"waveform", waveform}});
  for (const auto& [name, stem] : stems) {
    WriteFloats(std::string(argv[6]) + "/" + name + ".f32", stem);
    std::cout << name << " " << stem.shape().DebugString() << std::endl;
  }
  return 0;
}
