# keras-sep as a command, on a CPU or an NVIDIA GPU:
#   docker build --target cpu --tag keras_sep:cpu .
#   docker build --target gpu --tag keras_sep:gpu .
#   docker run --rm --user "$(id -u)" -v keras_sep:/cache -v "$PWD:/music" keras_sep:cpu song.mp3
# The volume keras_sep keeps the weights that are downloaded. For the GPU add --gpus all.
FROM python:3.11-slim-bookworm AS base
# soundfile, av and soxr bring their libraries; PortAudio is for `keras-sep stream`
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libportaudio2 \
    && rm -rf /var/lib/apt/lists/*
ENV TF_CPP_MIN_LOG_LEVEL=2 PYTHONUNBUFFERED=1 KERAS_HOME=/cache/keras XDG_CACHE_HOME=/cache
RUN mkdir --mode=1777 /cache /music
VOLUME /cache
WORKDIR /music
ENTRYPOINT ["keras-sep"]
CMD ["--help"]

FROM base AS cpu
COPY . /src
RUN pip install --no-cache-dir '/src[tensorflow,eval,stream]' && rm -rf /src

FROM base AS gpu
COPY . /src
RUN pip install --no-cache-dir '/src[cuda,eval]' && rm -rf /src
