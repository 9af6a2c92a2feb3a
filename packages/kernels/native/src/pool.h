// Fork-join pool with a shared chunk counter. Workers spin briefly, then sleep. The caller waits only for workers that
// joined, so one that is not scheduled in time on a busy machine costs nothing but its help.
#pragma once
#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

namespace llamero {

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();  // the header of all intrinsics takes the compiler a second
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
// Denormal operands cost hundreds of cycles; results below 1e-38 do not matter.
inline void flushDenormals() {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined(__aarch64__)
  uint64_t fpcr; asm volatile("mrs %0, fpcr" : "=r"(fpcr)); fpcr |= 1ull << 24; asm volatile("msr fpcr, %0" ::"r"(fpcr));
#endif
}

class Pool {
 public:
  // Any callable of (item, thread); it only has to live as long as the call, so nothing is copied or allocated.
  class Fn {
   public:
    template <class F> Fn(const F &f) : object_(&f), call_([](const void *o, int item, int thread) { (*(const F *)o)(item, thread); }) {}
    void operator()(int item, int thread) const { call_(object_, item, thread); }
   private:
    const void *object_;
    void (*call_)(const void *, int, int);
  };
  explicit Pool(int threads) : threads_(threads) {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
  }
  ~Pool() {
    stop_ = true;
    epoch_.fetch_add(1);
    epoch_.notify_all();
    for (auto &t : workers_) t.join();
  }
  int threads() const { return threads_; }
  std::atomic<int> cancel{0};  // polled between items

  // Calls fn(item, thread) for items 0 .. n-1, in chunks taken from one counter.
  void run(int n, const Fn &fn) {
    if (threads_ == 1 || n <= 1) {
      for (int i = 0; i < n && !cancel.load(std::memory_order_relaxed); i++) fn(i, 0);
      return;
    }
    fn_ = &fn; items_ = n; chunk_ = n / (threads_ * 16) + 1;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(OPEN, std::memory_order_release);
    epoch_.fetch_add(1, std::memory_order_release);
    if (sleepers_.load() > 0) epoch_.notify_all();
    take(0);
    gate_.fetch_and(~OPEN, std::memory_order_acq_rel);
    for (int spins = 0; gate_.load(std::memory_order_acquire) > 0; spins++) {
      if (spins < 4000) relax(); else std::this_thread::yield();
    }
  }

 private:
  void take(int thread) {
    for (;;) {
      int i = next_.fetch_add(chunk_, std::memory_order_relaxed), end = i + chunk_ < items_ ? i + chunk_ : items_;
      if (i >= items_) return;
      for (; i < end; i++) {
        if (cancel.load(std::memory_order_relaxed)) return;
        (*fn_)(i, thread);
      }
    }
  }
  void work(int id) {
    flushDenormals();
    uint32_t seen = 0;
    for (;;) {
      uint32_t e;
      int spins = 0;
      while ((e = epoch_.load(std::memory_order_acquire)) == seen) {
        if (++spins < 600) { relax(); continue; }  // about 20 us
        sleepers_.fetch_add(1);
        epoch_.wait(seen);
        sleepers_.fetch_sub(1);
      }
      seen = e;
      if (stop_) return;
      // Once inside, the caller cannot change the work until this worker has left.
      for (uint32_t gate = gate_.load(std::memory_order_acquire); gate & OPEN;) {
        if (!gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel)) continue;
        take(id);
        gate_.fetch_sub(1, std::memory_order_release);
        break;
      }
    }
  }
  const int threads_;
  std::vector<std::thread> workers_;
  alignas(64) std::atomic<uint32_t> epoch_{0};
  alignas(64) std::atomic<int> next_{0};
  static constexpr uint32_t OPEN = 1u << 31;
  alignas(64) std::atomic<uint32_t> gate_{0};  // whether workers may join, and how many are inside
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> stop_{false};
  const Fn *fn_ = nullptr;
  int items_ = 0, chunk_ = 1;
};

}  // namespace llamero
