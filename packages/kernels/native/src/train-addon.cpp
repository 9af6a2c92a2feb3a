// Node-API surface of training. A run holds one thread of libuv's; runs of one backend take turns.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include "addon.h"
#include "cpu.h"
#include "train-addon.h"
#include "train.h"

namespace llamero {
namespace {

const TrainKernels *trainKernelsNamed(const std::string &name) {
  const Cpu cpu = detectCpu();
  (void)cpu;
  if (name == "generic") return genericTrainKernels();
#if defined(__x86_64__)
  if (name == "avx2" && cpu.avx2) return avx2TrainKernels();
#if defined(LLAMERO_TRAIN_AVX512)
  if (name == "avx512" && cpu.avx512) return avx512TrainKernels();
#if defined(LLAMERO_TRAIN_AMX)
  if (name == "amx" && cpu.amx) return amxTrainKernels();
#else
  if (name == "amx" && cpu.amx) return avx512TrainKernels();
#endif
#endif
#elif defined(__aarch64__)
  if (name == "neon") return neonTrainKernels();
#endif
  return nullptr;
}

#if defined(__x86_64__)
// Denormals are flushed on whatever thread computes, or results would depend on which one that is.
struct FlushScope { unsigned saved = __builtin_ia32_stmxcsr(); FlushScope() { flushDenormals(); } ~FlushScope() { __builtin_ia32_ldmxcsr(saved); } };
#else
struct FlushScope { FlushScope() { flushDenormals(); } };
#endif

// References keep the parameters' memory alive; its place is asked for before each run.
struct Entry { std::unique_ptr<TrainExecutable> exe; std::vector<napi_ref> values, gradients; std::vector<size_t> sizes; };
struct Job;
struct Trainer {
  const TrainKernels *k;
  Pool pool;
  std::map<int, Entry> entries;
  std::map<int, Job *> running;  // by executable; touched on the JavaScript thread only
  int next = 1;
  std::mutex turn, state;  // who computes; which job that is
  Job *current = nullptr;
  Trainer(const TrainKernels *kernels, int threads) : k(kernels), pool(threads) {}
};
struct Job {
  std::shared_ptr<Trainer> trainer;
  TrainExecutable *exe;
  int id;
  bool backward, cancelled = false, finished = false;
  std::vector<napi_ref> held;
  napi_deferred deferred;
  napi_async_work work;
};
std::map<int, std::shared_ptr<Trainer>> trainers;
int nextTrainer = 1;

std::shared_ptr<Trainer> &trainerOf(int id) {
  auto it = trainers.find(id);
  if (it == trainers.end()) throw Error{"Native training backend " + std::to_string(id) + " is closed"};
  return it->second;
}
Entry &entryOf(Trainer &t, int id) {
  auto it = t.entries.find(id);
  if (it == t.entries.end()) throw Error{"Training executable " + std::to_string(id) + " was disposed"};
  return it->second;
}
napi_ref hold(napi_env e, napi_value v) { napi_ref r; napi_create_reference(e, v, 1, &r); return r; }
bool isNull(napi_env e, napi_value v) { napi_valuetype t; napi_typeof(e, v, &t); return t == napi_null || t == napi_undefined; }
napi_value element(napi_env e, napi_value array, uint32_t i) { napi_value v; napi_get_element(e, array, i, &v); return v; }

// trainOpen(instruction set, threads)
napi_value open(napi_env e, Args &a) {
  const TrainKernels *k = trainKernelsNamed(a.str(0));
  if (!k) throw Error{"Instruction set " + a.str(0) + " is not supported by this processor or this build"};
  trainers[nextTrainer] = std::make_shared<Trainer>(k, std::max(1, a.i32(1)));
  return number(e, nextTrainer++);
}
// trainHasBf16(backend): whether products of bf16 are another thing here than those of f32
napi_value hasBf16(napi_env e, Args &a) { return number(e, trainerOf(a.i32(0))->k->bf16 ? 1 : 0); }
napi_value close(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  if (!t.running.empty()) throw Error{"Native training backend is closed while a run is in flight; wait for it first"};
  for (auto &x : t.entries) for (auto *list : {&x.second.values, &x.second.gradients}) for (napi_ref r : *list) if (r) napi_delete_reference(e, r);
  trainers.erase(a.i32(0));
  return number(e, 0);
}

// trainCompile(backend, code, backwardStart, [rows, cols]*, values, gradients | null, frequencies, lengths, maxRows, maxOutputs, valueBytes, bf16)
napi_value compile(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  auto shapes = copy<int32_t>(e, a.v[3]);
  auto flat = copy<double>(e, a.v[6]);
  std::vector<std::vector<double>> frequencies;
  size_t at = 0;
  for (int32_t n : copy<int32_t>(e, a.v[7])) { frequencies.emplace_back(flat.begin() + at, flat.begin() + at + n); at += n; }
  Entry x;
  try {
    x.exe = std::make_unique<TrainExecutable>(*t.k, t.pool, copy<int32_t>(e, a.v[1]), a.i32(2), shapes, std::move(frequencies), a.i32(8), a.i32(9), (size_t)a.f64(10), a.i32(11) != 0);
  } catch (const std::bad_alloc &) { throw Error{"No memory for the scratch arena"}; }
  for (uint32_t i = 0; i < shapes.size() / 2; i++) {
    napi_value value = element(e, a.v[4], i), gradient = element(e, a.v[5], i);
    x.sizes.push_back((size_t)shapes[2 * i] * shapes[2 * i + 1]);
    x.values.push_back(hold(e, value));
    x.gradients.push_back(isNull(e, gradient) ? nullptr : hold(e, gradient));
  }
  const int id = t.next++;
  t.entries[id] = std::move(x);
  return number(e, id);
}
napi_value dispose(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  Entry &x = entryOf(t, a.i32(1));
  if (x.exe->busy) throw Error{"Training executable is disposed while it runs; wait for the run first"};
  for (auto *list : {&x.values, &x.gradients}) for (napi_ref r : *list) if (r) napi_delete_reference(e, r);
  t.entries.erase(a.i32(1));
  return number(e, 0);
}
napi_value scratchBytes(napi_env e, Args &a) { return number(e, (double)entryOf(*trainerOf(a.i32(0)), a.i32(1)).exe->bytes()); }

void execute(napi_env, void *data) {
  Job *job = (Job *)data;
  Trainer &t = *job->trainer;
  std::lock_guard<std::mutex> turn(t.turn);
  { std::lock_guard<std::mutex> l(t.state); t.current = job; t.pool.cancel.store(job->cancelled ? 1 : 0); }
  { FlushScope flush; job->finished = job->exe->run(job->backward); }
  { std::lock_guard<std::mutex> l(t.state); t.current = nullptr; t.pool.cancel.store(0); }
}
void complete(napi_env e, napi_status, void *data) {
  Job *job = (Job *)data;
  job->trainer->running.erase(job->id);
  job->exe->busy = false;
  for (napi_ref r : job->held) napi_delete_reference(e, r);
  napi_value v;
  napi_get_boolean(e, job->finished, &v);
  napi_resolve_deferred(e, job->deferred, v);
  napi_delete_async_work(e, job->work);
  delete job;
}
float *memoryOf(napi_env e, napi_ref ref, size_t size, const char *what, size_t slot) {
  napi_value v;
  napi_get_reference_value(e, ref, &v);
  auto floats = view<float>(e, v);
  if (floats.n != size) throw Error{std::string(what) + " of parameter " + std::to_string(slot) + " has " + std::to_string(floats.n) + " elements; its shape needs " + std::to_string(size)};
  return floats.data;
}
napi_value start(napi_env e, const std::shared_ptr<Trainer> &t, int id, bool backward, std::vector<napi_ref> held) {
  Entry &x = entryOf(*t, id);
  Job *job = new Job{t, x.exe.get(), id, backward, false, false, std::move(held), nullptr, nullptr};
  napi_value promise, name;
  napi_create_promise(e, &job->deferred, &promise);
  napi_create_string_utf8(e, "llamero", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(e, nullptr, name, execute, complete, job, &job->work);
  x.exe->busy = true;
  t->running[id] = job;
  napi_queue_async_work(e, job->work);
  return promise;
}
void resolveMemory(napi_env e, Entry &x) {
  if (x.exe->busy) throw Error{"Training executable already has a run in flight"};
  x.exe->values.clear();
  x.exe->gradients.clear();
  for (size_t i = 0; i < x.values.size(); i++) {
    x.exe->values.push_back(memoryOf(e, x.values[i], x.sizes[i], "Value", i));
    x.exe->gradients.push_back(x.gradients[i] ? memoryOf(e, x.gradients[i], x.sizes[i], "Gradient", i) : nullptr);
  }
}
// trainForward(backend, executable, tokens, positions, starts, outputRows, targetIds, targetProbs) -> Promise<finished>
napi_value forward(napi_env e, Args &a) {
  auto &t = trainerOf(a.i32(0));
  Entry &x = entryOf(*t, a.i32(1));
  resolveMemory(e, x);
  x.exe->batch = {copy<int32_t>(e, a.v[2]), copy<int32_t>(e, a.v[3]), copy<int32_t>(e, a.v[4]), copy<int32_t>(e, a.v[5]), copy<int32_t>(e, a.v[6]), copy<float>(e, a.v[7])};
  return start(e, t, a.i32(1), false, {});
}
// trainBackward(backend, executable, seeds) -> Promise<finished>; seeds are read while it runs
napi_value backward(napi_env e, Args &a) {
  auto &t = trainerOf(a.i32(0));
  Entry &x = entryOf(*t, a.i32(1));
  resolveMemory(e, x);
  std::vector<napi_ref> held;
  uint32_t n = 0;
  napi_get_array_length(e, a.v[2], &n);
  x.exe->seeds.clear();
  for (uint32_t i = 0; i < n; i++) {
    napi_value v = element(e, a.v[2], i);
    x.exe->seeds.push_back(view<float>(e, v).data);
    held.push_back(hold(e, v));
  }
  return start(e, t, a.i32(1), true, std::move(held));
}
napi_value cancel(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  auto it = t.running.find(a.i32(1));
  if (it != t.running.end()) {
    std::lock_guard<std::mutex> l(t.state);
    it->second->cancelled = true;
    if (t.current == it->second) t.pool.cancel.store(1);
  }
  return number(e, 0);
}
// trainRead(backend, executable, offset, floats)
napi_value read(napi_env e, Args &a) {
  return array(e, entryOf(*trainerOf(a.i32(0)), a.i32(1)).exe->value(a.i32(2)), (size_t)a.f64(3), napi_float32_array);
}

// Items of fixed size on all threads, or on this one alone while a run has them.
constexpr size_t PIECE = 16384;
template <class F> void pieces(Trainer &t, size_t n, const F &fn) {
  const int count = (int)((n + PIECE - 1) / PIECE);
  FlushScope flush;
  std::unique_lock<std::mutex> turn(t.turn, std::try_to_lock);
  auto item = [&](int i, int) { fn(i, (size_t)i * PIECE, std::min(PIECE, n - (size_t)i * PIECE)); };
  if (turn.owns_lock()) t.pool.run(count, item);
  else for (int i = 0; i < count; i++) item(i, 0);
}
// trainAdamw(backend, value, gradient, moment1, moment2, [learning rate, beta1, beta2, eps, weight decay, step, gradient scale])
napi_value adamw(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  auto value = view<float>(e, a.v[1]), gradient = view<float>(e, a.v[2]), m = view<float>(e, a.v[3]), v = view<float>(e, a.v[4]);
  auto o = view<double>(e, a.v[5]);
  if (gradient.n != value.n || m.n != value.n || v.n != value.n || o.n != 7) throw Error{"AdamW got arrays of different lengths"};
  const double rate = o.data[0], beta1 = o.data[1], beta2 = o.data[2], step = o.data[5];
  const AdamW w{(float)(1 - rate * o.data[4]), (float)beta1, (float)beta2, (float)(1 - beta1), (float)(1 - beta2), (float)(rate / (1 - std::pow(beta1, step))),
                (float)(1 / std::sqrt(1 - std::pow(beta2, step))), (float)o.data[3], (float)o.data[6]};
  pieces(t, value.n, [&](int, size_t at, size_t n) { t.k->adamw(value.data + at, gradient.data + at, m.data + at, v.data + at, n, w); });
  return number(e, 0);
}
// trainSumOfSquares(backend, values): of pieces, then of their sums in order
napi_value sumOfSquares(napi_env e, Args &a) {
  Trainer &t = *trainerOf(a.i32(0));
  auto x = view<float>(e, a.v[1]);
  std::vector<double> sums((x.n + PIECE - 1) / PIECE);
  pieces(t, x.n, [&](int i, size_t at, size_t n) { sums[i] = t.k->sumOfSquares(x.data + at, n); });
  double sum = 0;
  for (double s : sums) sum += s;
  return number(e, sum);
}

}  // namespace

void registerTraining(napi_env e, napi_value exports) {
  const struct { const char *name; napi_callback f; } table[] = {
      {"trainOpen", guarded<open>}, {"trainClose", guarded<close>}, {"trainHasBf16", guarded<hasBf16>}, {"trainCompile", guarded<compile>}, {"trainDispose", guarded<dispose>},
      {"trainScratchBytes", guarded<scratchBytes>}, {"trainForward", guarded<forward>}, {"trainBackward", guarded<backward>}, {"trainCancel", guarded<cancel>},
      {"trainRead", guarded<read>}, {"trainAdamw", guarded<adamw>}, {"trainSumOfSquares", guarded<sumOfSquares>}};
  for (auto &f : table) { napi_value v; napi_create_function(e, f.name, NAPI_AUTO_LENGTH, f.f, nullptr, &v); napi_set_named_property(e, exports, f.name, v); }
}
}  // namespace llamero
