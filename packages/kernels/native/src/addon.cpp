// Node-API surface (plain C ABI, version 8): one binary serves Node 20 and later. Typed in src/native/binding.ts.
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <numeric>
#include <sys/stat.h>
#include <unistd.h>
#include "addon.h"
#include "cpu.h"
#include "executor.h"
#include "lease.h"
#include "pack.h"
#include "sample.h"
#include "train-addon.h"

using namespace llamero;
namespace {

struct Backend;
struct Job { Executable *exe; StepData step; napi_deferred deferred; std::atomic<bool> cancelled{false}; bool finished = false; Backend *backend; };

// One instruction set, one pool, one engine thread that runs jobs in order.
struct Backend {
  const Kernels *k;
  Pool pool;
  std::map<int, std::shared_ptr<WeightEntry>> weights;
  std::map<int, std::shared_ptr<KvEntry>> kvs;
  std::map<int, std::shared_ptr<AdapterEntry>> adapters;
  std::map<int, std::unique_ptr<Executable>> exes;
  std::map<int, Job *> running;  // by executable; touched on the JavaScript thread only
  int next = 1;
  std::vector<float> raw, work;
  napi_threadsafe_function done = nullptr;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job *> queue;
  Job *current = nullptr;
  bool stop = false;
  int inFlight = 0;
  std::thread engine;
  Backend(const Kernels *kernels, int threads) : k(kernels), pool(threads), engine([this] { loop(); }) {}
  ~Backend() {
    { std::lock_guard<std::mutex> l(mutex); stop = true; pool.cancel.store(1); }
    wake.notify_all();
    engine.join();
  }
  void loop() {
    flushDenormals();
    for (;;) {
      Job *job;
      {
        std::unique_lock<std::mutex> l(mutex);
        wake.wait(l, [&] { return stop || !queue.empty(); });
        if (stop) return;
        job = queue.front();
        queue.pop_front();
        current = job;
        pool.cancel.store(job->cancelled.load() ? 1 : 0);
      }
      job->finished = job->exe->run(job->step);
      { std::lock_guard<std::mutex> l(mutex); current = nullptr; }
      napi_call_threadsafe_function(done, job, napi_tsfn_blocking);
    }
  }
};
std::map<int, std::unique_ptr<Backend>> backends;
int nextBackend = 1;
Backend &backendOf(int id) {
  auto it = backends.find(id);
  if (it == backends.end()) throw Error{"Native backend " + std::to_string(id) + " is closed"};
  return *it->second;
}
template <class M> auto &entry(M &map, int id, const char *what) {
  auto it = map.find(id);
  if (it == map.end()) throw Error{std::string(what) + " handle " + std::to_string(id) + " is unknown or freed"};
  return it->second;
}

const Kernels *kernelsNamed(const std::string &name) {
  const Cpu cpu = detectCpu();
  (void)cpu;
  if (name == "generic") return genericKernels();
#if defined(__x86_64__)
  if (name == "avx2" && cpu.avx2) return avx2Kernels();
#if defined(LLAMERO_AVX512)
  if (name == "avx512" && cpu.avx512) return avx512Kernels();
#endif
#if defined(LLAMERO_AMX)
  if (name == "amx" && cpu.amx) return amxKernels();
#endif
#elif defined(__aarch64__)
  if (name == "neon") return neonKernels();
#endif
  return nullptr;
}

napi_value supported(napi_env e, Args &) {
  napi_value r;
  napi_create_array(e, &r);
  uint32_t n = 0;
  for (const char *name : {"amx", "avx512", "avx2", "neon", "generic"}) if (kernelsNamed(name)) {
    napi_value s; napi_create_string_utf8(e, name, NAPI_AUTO_LENGTH, &s); napi_set_element(e, r, n++, s);
  }
  return r;
}

napi_value open(napi_env e, Args &a) {
  const Kernels *k = kernelsNamed(a.str(0));
  if (!k) throw Error{"Instruction set " + a.str(0) + " is not supported by this processor or this build"};
  auto b = std::make_unique<Backend>(k, std::max(1, a.i32(1)));
  napi_value name;
  napi_create_string_utf8(e, "llamero", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(e, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, [](napi_env e, napi_value, void *, void *data) {
    Job *job = (Job *)data;
    Backend *b = job->backend;
    for (auto it = b->running.begin(); it != b->running.end(); ++it) if (it->second == job) { b->running.erase(it); break; }
    job->exe->busy = false;
    if (--b->inFlight == 0) napi_unref_threadsafe_function(e, b->done);
    napi_value v;
    napi_get_boolean(e, job->finished, &v);
    napi_resolve_deferred(e, job->deferred, v);
    delete job;
  }, &b->done);
  napi_unref_threadsafe_function(e, b->done);
  int id = nextBackend++;
  backends[id] = std::move(b);
  return number(e, id);
}
napi_value close(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  if (b.inFlight) throw Error{"Native backend is closed while a run is in flight; wait for it first"};
  napi_release_threadsafe_function(b.done, napi_tsfn_release);
  backends.erase(a.i32(0));
  return number(e, 0);
}

// createWeight(backend, stored, rows, cols, bytes | path, offset, rowScale | null)
napi_value createWeight(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  const int stored = a.i32(1), rows = a.i32(2), cols = a.i32(3);
  const size_t bytes = (size_t)rows * storedRowBytes(stored, cols);
  auto w = std::make_shared<WeightEntry>();
  Weight &x = w->weight;
  x.form = storedFormats[stored].form; x.rows = rows; x.cols = cols; x.groups = (rows + 15) / 16; x.units = (cols + 63) / 64;
  const bool vector = rows == 1;
  x.bytes = packedBytes(stored, rows, cols);
  const uint8_t *src = nullptr;
  void *map = nullptr;
  size_t mapBytes = 0;
  napi_valuetype t;
  napi_typeof(e, a.v[4], &t);
  if (t == napi_string) {
    const std::string path = a.str(4);
    const size_t offset = (size_t)a.f64(5), page = (size_t)sysconf(_SC_PAGESIZE), start = offset / page * page;
    int fd = ::open(path.c_str(), O_RDONLY);
    if (fd < 0) throw Error{"Cannot open " + path};
    struct stat st;
    fstat(fd, &st);
    if ((size_t)st.st_size < offset + bytes) { ::close(fd); throw Error{"File " + path + " ends before byte " + std::to_string(offset + bytes)}; }
    mapBytes = offset - start + bytes;
    map = mmap(nullptr, mapBytes, PROT_READ, MAP_PRIVATE, fd, (off_t)start);
    ::close(fd);
    if (map == MAP_FAILED) throw Error{"Cannot map " + path};
    madvise(map, mapBytes, MADV_SEQUENTIAL);
    src = (const uint8_t *)map + (offset - start);
  } else {
    auto v = view<uint8_t>(e, a.v[4]);
    if (v.n != bytes) throw Error{"Weight has " + std::to_string(v.n) + " bytes; its shape needs " + std::to_string(bytes)};
    src = v.data;
  }
  bool good = true;
  try {
    w->arena = Arena(x.bytes);
    x.data = w->arena.data();
    {
      const int n = x.bytes < (1u << 20) ? 1 : b.pool.threads();
      std::atomic<int> nextGroup{0};
      std::atomic<bool> allGood{true};
      auto work = [&] { for (int g; (g = nextGroup.fetch_add(8)) < x.groups;) if (!packGroups(stored, src, x, g, std::min(g + 8, x.groups))) allGood = false; };
      std::vector<std::thread> threads;
      for (int i = 1; i < n; i++) threads.emplace_back(work);
      work();
      for (auto &th : threads) th.join();
      good = allGood;
    }
  } catch (const std::bad_alloc &) {
    if (map) munmap(map, mapBytes);
    throw Error{"No memory for " + std::to_string(x.bytes) + " bytes of weights"};
  }
  if (map) munmap(map, mapBytes);
  if (!good) throw Error{"FP8 weight holds a NaN"};
  w->rowScale = copy<float>(e, a.v[6]);
  if (!w->rowScale.empty()) x.rowScale = w->rowScale.data();
  if (vector) {
    w->vector.resize(cols);
    b.k->embedRow(x, 0, w->vector.data());
    w->arena = Arena();
    x.data = nullptr;
    x.groups = 0;
  }
  int id = b.next++;
  b.weights[id] = w;
  return number(e, id);
}
napi_value freeWeight(napi_env e, Args &a) { Backend &b = backendOf(a.i32(0)); entry(b.weights, a.i32(1), "Weight"); b.weights.erase(a.i32(1)); return number(e, 0); }
napi_value packedSize(napi_env e, Args &a) {
  const int stored = a.i32(0), rows = a.i32(1), cols = a.i32(2);
  return number(e, rows == 1 ? (double)cols * 4 : (double)packedBytes(stored, rows, cols));
}

// createKv(backend, layers, heads, headDim, blocks, int8)
size_t kvHeadBytes(int headDim, bool int8) { return (size_t)2 * headDim * KV_BLOCK * (int8 ? 1 : 2) + (int8 ? 2 * KV_BLOCK * 4 : 0); }
napi_value createKv(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  auto kv = std::make_shared<KvEntry>();
  KvPool &p = kv->pool;
  p.layers = a.i32(1); p.heads = a.i32(2); p.headDim = a.i32(3); p.blocks = a.i32(4); p.int8 = a.i32(5) != 0;
  p.headBytes = kvHeadBytes(p.headDim, p.int8);
  p.blockBytes = p.headBytes * p.heads * p.layers;
  try { kv->arena = Arena(p.blockBytes * p.blocks); } catch (const std::bad_alloc &) { throw Error{"No memory for a KV pool of " + std::to_string(p.blockBytes * p.blocks) + " bytes"}; }
  p.data = kv->arena.data();
  int id = b.next++;
  b.kvs[id] = kv;
  return number(e, id);
}
napi_value freeKv(napi_env e, Args &a) { Backend &b = backendOf(a.i32(0)); entry(b.kvs, a.i32(1), "KV"); b.kvs.erase(a.i32(1)); return number(e, 0); }
napi_value kvSize(napi_env e, Args &a) { return number(e, (double)kvHeadBytes(a.i32(2), a.i32(4) != 0) * a.i32(0) * a.i32(1) * a.i32(3)); }
napi_value copyKvBlock(napi_env e, Args &a) {
  KvPool &p = entry(backendOf(a.i32(0)).kvs, a.i32(1), "KV")->pool;
  const int from = a.i32(2), to = a.i32(3);
  if (from < 0 || to < 0 || from >= p.blocks || to >= p.blocks) throw Error{"KV block " + std::to_string(from) + " or " + std::to_string(to) + " is outside a pool of " + std::to_string(p.blocks)};
  memcpy(p.data + (size_t)to * p.blockBytes, p.data + (size_t)from * p.blockBytes, p.blockBytes);
  return number(e, 0);
}
uint8_t *kvBlock(Args &a, KvPool &p) {
  const int block = a.i32(2);
  if (block < 0 || block >= p.blocks) throw Error{"KV block " + std::to_string(block) + " is outside a pool of " + std::to_string(p.blocks)};
  return p.data + (size_t)block * p.blockBytes;
}
// readKvBlock(backend, kv, block) -> bytes
napi_value readKvBlock(napi_env e, Args &a) {
  KvPool &p = entry(backendOf(a.i32(0)).kvs, a.i32(1), "KV")->pool;
  return array(e, kvBlock(a, p), p.blockBytes, napi_uint8_array);
}
// writeKvBlock(backend, kv, block, bytes)
napi_value writeKvBlock(napi_env e, Args &a) {
  KvPool &p = entry(backendOf(a.i32(0)).kvs, a.i32(1), "KV")->pool;
  auto bytes = view<uint8_t>(e, a.v[3]);
  uint8_t *to = kvBlock(a, p);
  if (bytes.n != p.blockBytes) throw Error{"KV block takes " + std::to_string(p.blockBytes) + " bytes, got " + std::to_string(bytes.n)};
  memcpy(to, bytes.data, p.blockBytes);
  return number(e, 0);
}

// createAdapter(backend, [target, rank, rows, cols]*, scales, values: each target's a [rank][cols], b [rows][rank])
napi_value createAdapter(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  auto words = view<int32_t>(e, a.v[1]);
  auto scales = view<float>(e, a.v[2]), values = view<float>(e, a.v[3]);
  auto entry = std::make_shared<AdapterEntry>();
  auto padded = [](int n) { return (size_t)(n + 7) / 8 * 8; };
  size_t total = 0;
  for (size_t i = 0; i + 3 < words.n; i += 4) total += padded(words.data[i + 1]) * words.data[i + 3] + padded(words.data[i + 2]) * words.data[i + 1];
  entry->values.assign(total, 0.f);
  float *to = entry->values.data();
  const float *from = values.data;
  for (size_t i = 0; i + 3 < words.n; i += 4) {
    const int id = words.data[i], rank = words.data[i + 1], rows = words.data[i + 2], cols = words.data[i + 3];
    if (rank > LORA_MAX_RANK) throw Error{"Adapter has rank " + std::to_string(rank) + "; the kernels take " + std::to_string(LORA_MAX_RANK)};
    float *pa = to, *pb = to + padded(rank) * cols;
    for (int r = 0; r < rank; r++) for (int k = 0; k < cols; k++) pa[((size_t)(r / 8) * cols + k) * 8 + r % 8] = *from++;
    for (int n = 0; n < rows; n++) for (int r = 0; r < rank; r++) pb[((size_t)(n / 8) * rank + r) * 8 + n % 8] = *from++;
    to = pb + padded(rows) * rank;
    if ((size_t)id >= entry->targets.size()) entry->targets.resize(id + 1, LoraTarget{});
    entry->targets[id] = {rank, rows, cols, scales.data[i / 4], pa, pb};
  }
  int id = b.next++;
  b.adapters[id] = entry;
  return number(e, id);
}
napi_value freeAdapter(napi_env e, Args &a) { Backend &b = backendOf(a.i32(0)); entry(b.adapters, a.i32(1), "Adapter"); b.adapters.erase(a.i32(1)); return number(e, 0); }

// compile(backend, code, weight handles, kv | 0, frequencies, frequency lengths, maxRows, maxOutputs, valueBytes, mode)
napi_value compile(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  std::vector<std::shared_ptr<WeightEntry>> weights;
  for (int32_t h : copy<int32_t>(e, a.v[2])) weights.push_back(entry(b.weights, h, "Weight"));
  std::shared_ptr<KvEntry> kv = a.i32(3) ? entry(b.kvs, a.i32(3), "KV") : nullptr;
  auto flat = copy<double>(e, a.v[4]);
  std::vector<std::vector<double>> frequencies;
  size_t at = 0;
  for (int32_t n : copy<int32_t>(e, a.v[5])) { frequencies.emplace_back(flat.begin() + at, flat.begin() + at + n); at += n; }
  try {
    auto exe = std::make_unique<Executable>(*b.k, b.pool, copy<int32_t>(e, a.v[1]), std::move(weights), kv, std::move(frequencies), a.i32(6), a.i32(7), (size_t)a.f64(8), (Mode)a.i32(9));
    int id = b.next++;
    b.exes[id] = std::move(exe);
    return number(e, id);
  } catch (const std::bad_alloc &) { throw Error{"No memory for the scratch arena"}; }
}
napi_value freeExecutable(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  if (entry(b.exes, a.i32(1), "Executable")->busy) throw Error{"Executable is disposed while it runs; wait for the run first"};
  b.exes.erase(a.i32(1));
  return number(e, 0);
}
napi_value scratchBytes(napi_env e, Args &a) { return number(e, (double)entry(backendOf(a.i32(0)).exes, a.i32(1), "Executable")->bytes()); }

// run(backend, executable, tokens, sequences [rowStart, rowCount, position, first block, blocks, adapter | 0]*, block table, output rows, inputs array) -> Promise<finished>
napi_value run(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  Executable &exe = *entry(b.exes, a.i32(1), "Executable");
  if (exe.busy.exchange(true)) throw Error{"Executable already has a run in flight"};
  Job *job = new Job();
  job->exe = &exe; job->backend = &b;
  StepData &s = job->step;
  s.tokens = copy<int32_t>(e, a.v[2]);
  s.blocks = copy<int32_t>(e, a.v[4]);
  s.outputRows = copy<int32_t>(e, a.v[5]);
  auto seq = copy<int32_t>(e, a.v[3]);
  for (size_t i = 0; i + 5 < seq.size(); i += 6) s.sequences.push_back({seq[i], seq[i + 1], seq[i + 2], seq[i + 4] ? s.blocks.data() + seq[i + 3] : nullptr, seq[i + 5] ? entry(b.adapters, seq[i + 5], "Adapter") : nullptr});
  uint32_t inputs = 0;
  napi_get_array_length(e, a.v[6], &inputs);
  for (uint32_t i = 0; i < inputs; i++) { napi_value v; napi_get_element(e, a.v[6], i, &v); s.inputs.push_back(copy<float>(e, v)); }
  napi_value promise;
  napi_create_promise(e, &job->deferred, &promise);
  b.running[a.i32(1)] = job;
  if (b.inFlight++ == 0) napi_ref_threadsafe_function(e, b.done);
  { std::lock_guard<std::mutex> l(b.mutex); b.queue.push_back(job); }
  b.wake.notify_one();
  return promise;
}
napi_value cancel(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  auto it = b.running.find(a.i32(1));
  if (it != b.running.end()) {
    it->second->cancelled = true;
    std::lock_guard<std::mutex> l(b.mutex);
    if (b.current == it->second) b.pool.cancel.store(1);
  }
  return number(e, 0);
}
// read(backend, executable, offset, columns, first row, rows)
napi_value read(napi_env e, Args &a) {
  const Executable &exe = *entry(backendOf(a.i32(0)).exes, a.i32(1), "Executable");
  const size_t cols = (size_t)a.i32(3);
  return array(e, exe.value(a.i32(2)) + cols * a.i32(4), cols * a.i32(5), napi_float32_array);
}
// sample(backend, executable, offset, vocabulary, row, numbers f64[9], penalty ids, counts, bias ids, values, mask) -> [token, logprob, topIds, topLogprobs]
napi_value sample(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  const Executable &exe = *entry(b.exes, a.i32(1), "Executable");
  const int V = a.i32(3);
  auto n = view<double>(e, a.v[5]);
  auto ids = view<int32_t>(e, a.v[6]), counts = view<int32_t>(e, a.v[7]), biasIds = view<int32_t>(e, a.v[8]);
  auto bias = view<float>(e, a.v[9]);
  auto mask = view<uint32_t>(e, a.v[10]);
  for (size_t i = 0; i < ids.n; i++) if (ids.data[i] < 0 || ids.data[i] >= V) throw Error{"Penalty id " + std::to_string(ids.data[i]) + " is outside a vocabulary of " + std::to_string(V)};
  for (size_t i = 0; i < biasIds.n; i++) if (biasIds.data[i] < 0 || biasIds.data[i] >= V) throw Error{"Bias id " + std::to_string(biasIds.data[i]) + " is outside a vocabulary of " + std::to_string(V)};
  SampleArgs s{n.data[0], n.data[1], n.data[2], n.data[3], n.data[4], n.data[5], n.data[6], (int)n.data[7], (int)n.data[8],
               ids.data, counts.data, (int)ids.n, biasIds.data, bias.data, (int)biasIds.n, mask.n ? mask.data : nullptr};
  SampleOut o = sampleRow(*b.k, exe.value(a.i32(2)) + (size_t)V * a.i32(4), V, s, b.raw, b.work);
  napi_value r;
  napi_create_array_with_length(e, 4, &r);
  napi_set_element(e, r, 0, number(e, o.token));
  napi_set_element(e, r, 1, number(e, o.logprob));
  napi_set_element(e, r, 2, array(e, o.topIds.data(), o.topIds.size(), napi_int32_array));
  napi_set_element(e, r, 3, array(e, o.topLogprobs.data(), o.topLogprobs.size(), napi_float32_array));
  return r;
}
// live(backend) -> [weights, kvs, executables, bytes, adapters]
napi_value live(napi_env e, Args &a) {
  Backend &b = backendOf(a.i32(0));
  double bytes = 0;
  for (auto &w : b.weights) bytes += (double)(w.second->arena.bytes() + w.second->vector.size() * 4);
  for (auto &k : b.kvs) bytes += (double)k.second->arena.bytes();
  for (auto &x : b.exes) bytes += (double)x.second->bytes();
  for (auto &x : b.adapters) bytes += (double)x.second->values.size() * 4;
  const double v[5] = {(double)b.weights.size(), (double)b.kvs.size(), (double)b.exes.size(), bytes, (double)b.adapters.size()};
  return array(e, v, 5, napi_float64_array);
}
// bandwidth(bytes, threads) -> GB/s, best of five passes over memory
napi_value bandwidth(napi_env e, Args &a) {
  const size_t n = (size_t)a.f64(0) / 64 * 64;
  const int threads = std::max(1, a.i32(1));
  Arena m(n);
  memset(m.data(), 1, n);
  double best = 0;
  std::atomic<uint64_t> sink{0};
  for (int pass = 0; pass < 5; pass++) {
    auto t0 = std::chrono::steady_clock::now();
    std::vector<std::thread> list;
    for (int t = 0; t < threads; t++) list.emplace_back([&, t] {
      typedef uint64_t v4 __attribute__((vector_size(32)));
      const uint8_t *p = m.data() + n / 64 * t / threads * 64, *end = m.data() + n / 64 * (t + 1) / threads * 64;
      v4 s0{}, s1{};
      for (; p < end; p += 64) { s0 += *(const v4 *)p; s1 += *(const v4 *)(p + 32); __builtin_prefetch(p + 1024); }
      s0 += s1;
      sink += s0[0] + s0[1] + s0[2] + s0[3];
    });
    for (auto &t : list) t.join();
    best = std::max(best, (double)n / std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count() / 1e9);
  }
  return number(e, best + (sink.load() == 1 ? 1e-9 : 0));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env e, napi_value exports) {
  const struct { const char *name; napi_callback f; } table[] = {
      {"supported", guarded<supported>}, {"open", guarded<open>}, {"close", guarded<close>}, {"createWeight", guarded<createWeight>},
      {"freeWeight", guarded<freeWeight>}, {"packedSize", guarded<packedSize>}, {"createKv", guarded<createKv>}, {"freeKv", guarded<freeKv>},
      {"kvSize", guarded<kvSize>}, {"copyKvBlock", guarded<copyKvBlock>}, {"readKvBlock", guarded<readKvBlock>}, {"writeKvBlock", guarded<writeKvBlock>},
      {"createAdapter", guarded<createAdapter>}, {"freeAdapter", guarded<freeAdapter>}, {"compile", guarded<compile>}, {"freeExecutable", guarded<freeExecutable>},
      {"scratchBytes", guarded<scratchBytes>}, {"run", guarded<run>}, {"cancel", guarded<cancel>}, {"read", guarded<read>},
      {"sample", guarded<sample>}, {"live", guarded<live>}, {"bandwidth", guarded<bandwidth>}};
  for (auto &f : table) { napi_value v; napi_create_function(e, f.name, NAPI_AUTO_LENGTH, f.f, nullptr, &v); napi_set_named_property(e, exports, f.name, v); }
  napi_set_named_property(e, exports, "interfaceNumber", number(e, INTERFACE));
  registerLease(e, exports);
  registerTraining(e, exports);
  return exports;
}
