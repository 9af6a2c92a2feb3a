// Arenas owned by native code: 64-byte aligned, huge pages where the system grants them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace llamero {
class Arena {
 public:
  Arena() = default;
  explicit Arena(size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    data_ = (uint8_t *)p;
#ifdef MADV_HUGEPAGE
    if (bytes >= (4u << 20)) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  }
  Arena(Arena &&o) noexcept : data_(o.data_), bytes_(o.bytes_) { o.data_ = nullptr; o.bytes_ = 0; }
  Arena &operator=(Arena &&o) noexcept {
    if (this != &o) { release(); data_ = o.data_; bytes_ = o.bytes_; o.data_ = nullptr; o.bytes_ = 0; }
    return *this;
  }
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena() { release(); }
  uint8_t *data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  void release() { if (data_) munmap(data_, bytes_); data_ = nullptr; }
  uint8_t *data_ = nullptr;
  size_t bytes_ = 0;
};
}  // namespace llamero
