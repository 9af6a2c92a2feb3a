// One process of a machine computes at a time, by priority. The lease is a lock on byte 0 of a file; a waiter of class c
// holds a shared lock on byte 1 + c meanwhile, so that others see it. These are open file description locks: the kernel
// releases them when a process dies, and two leases in one process exclude each other as well. Waiting happens on a
// thread of its own, started at the first wait.
#include "lease.h"
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>

namespace llamero {
namespace {

#ifdef F_OFD_SETLK
bool lock(int fd, short type, int start, int count, bool wait) {
  struct flock range;
  memset(&range, 0, sizeof range);
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = start;
  range.l_len = count;
  for (;;) {
    if (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range) == 0) return true;
    if (errno != EINTR) return false;
  }
}
// True when another lease waits in one of the first `classes` classes.
bool someoneWaits(int fd, int classes) {
  if (classes == 0) return false;
  struct flock range;
  memset(&range, 0, sizeof range);
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = 1;
  range.l_len = classes;
  return fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}
constexpr bool available = true;
#else
bool lock(int, short, int, int, bool) { return false; }
bool someoneWaits(int, int) { return false; }
constexpr bool available = false;
#endif

using Clock = std::chrono::steady_clock;
// How long a class gives way to higher ones before it competes with them: decode, shields, prefill, training.
constexpr std::chrono::milliseconds patience[] = {std::chrono::milliseconds(0), std::chrono::milliseconds(50),
                                                  std::chrono::milliseconds(200), std::chrono::milliseconds(2000)};
constexpr int numClasses = 4;

struct Lease {
  int fd = -1;
  std::mutex mutex;
  std::condition_variable wake;
  bool closed = false, threaded = false, wanted = false;
  int wantedClass = 0;
  napi_threadsafe_function done = nullptr;  // null once the environment is gone
  napi_deferred deferred = nullptr;
  ~Lease() { if (fd >= 0) close(fd); }

  void acquire(int c) {
    lock(fd, F_RDLCK, 1 + c, 1, true);
    const auto until = Clock::now() + patience[c];
    for (;;) {
      while (Clock::now() < until && someoneWaits(fd, c)) std::this_thread::sleep_for(std::chrono::microseconds(200));
      lock(fd, F_WRLCK, 0, 1, true);
      if (Clock::now() >= until || !someoneWaits(fd, c)) break;
      lock(fd, F_UNLCK, 0, 1, false);
    }
    lock(fd, F_UNLCK, 1 + c, 1, false);
  }
  static void loop(std::shared_ptr<Lease> self) {
    std::unique_lock<std::mutex> held(self->mutex);
    for (;;) {
      self->wake.wait(held, [&] { return self->closed || self->wanted; });
      if (self->closed) return;
      self->wanted = false;
      const int c = self->wantedClass;
      held.unlock();
      self->acquire(c);
      held.lock();
      if (self->closed || !self->done) { lock(self->fd, F_UNLCK, 0, 1, false); return; }
      napi_call_threadsafe_function(self->done, nullptr, napi_tsfn_nonblocking);
    }
  }
};

std::mutex tableMutex;
std::map<int, std::shared_ptr<Lease>> leases;
int nextLease = 1;

napi_value undefined(napi_env e) { napi_value v; napi_get_undefined(e, &v); return v; }
napi_value fail(napi_env e, const std::string &text) { napi_throw_error(e, nullptr, text.c_str()); return nullptr; }

struct Call {
  napi_value v[2];
  Call(napi_env e, napi_callback_info info) { size_t n = 2; napi_get_cb_info(e, info, &n, v, nullptr, nullptr); }
  std::shared_ptr<Lease> lease(napi_env e) const {
    int32_t id = 0;
    napi_get_value_int32(e, v[0], &id);
    std::lock_guard<std::mutex> held(tableMutex);
    auto it = leases.find(id);
    return it == leases.end() ? nullptr : it->second;
  }
  int priority(napi_env e) const {
    int32_t c = 0;
    napi_get_value_int32(e, v[1], &c);
    return c < 0 ? 0 : c >= numClasses ? numClasses - 1 : c;
  }
};

napi_value open(napi_env e, napi_callback_info info) {
  Call call(e, info);
  if (!available) return fail(e, "This system has no open file description locks");
  size_t n = 0;
  napi_get_value_string_utf8(e, call.v[0], nullptr, 0, &n);
  std::string path(n, 0);
  napi_get_value_string_utf8(e, call.v[0], path.data(), n + 1, &n);
  auto lease = std::make_shared<Lease>();
  lease->fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lease->fd < 0) return fail(e, "Cannot open " + path + ": " + strerror(errno));
  // File systems without locks (some network ones) say so now.
  if (!lock(lease->fd, F_RDLCK, 1 + numClasses, 1, false) || !lock(lease->fd, F_UNLCK, 1 + numClasses, 1, false))
    return fail(e, "Cannot lock " + path + ": " + strerror(errno));
  napi_value name;
  napi_create_string_utf8(e, "llamero lease", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(
      e, nullptr, nullptr, name, 0, 1, new std::shared_ptr<Lease>(lease),
      [](napi_env, void *data, void *) {
        auto *held = (std::shared_ptr<Lease> *)data;
        { std::lock_guard<std::mutex> l((*held)->mutex); (*held)->done = nullptr; }
        delete held;
      },
      lease.get(),
      [](napi_env e, napi_value, void *context, void *) {
        Lease *lease = (Lease *)context;
        if (!e || !lease->deferred) return;
        napi_unref_threadsafe_function(e, lease->done);
        napi_deferred deferred = lease->deferred;
        lease->deferred = nullptr;
        napi_resolve_deferred(e, deferred, undefined(e));
      },
      &lease->done);
  napi_unref_threadsafe_function(e, lease->done);
  std::lock_guard<std::mutex> held(tableMutex);
  leases[nextLease] = lease;
  napi_value id;
  napi_create_int32(e, nextLease++, &id);
  return id;
}
// Takes the lease if nobody holds it and nobody of the same or a higher class waits.
napi_value tryTake(napi_env e, napi_callback_info info) {
  Call call(e, info);
  auto lease = call.lease(e);
  if (!lease) return fail(e, "The lease is closed");
  const bool got = !someoneWaits(lease->fd, call.priority(e) + 1) && lock(lease->fd, F_WRLCK, 0, 1, false);
  napi_value r;
  napi_get_boolean(e, got, &r);
  return r;
}
// Resolves when the lease is held. One wait at a time.
napi_value wait(napi_env e, napi_callback_info info) {
  Call call(e, info);
  auto lease = call.lease(e);
  if (!lease) return fail(e, "The lease is closed");
  napi_value promise;
  std::lock_guard<std::mutex> held(lease->mutex);
  if (lease->deferred) return fail(e, "The lease is being waited for");
  napi_create_promise(e, &lease->deferred, &promise);
  napi_ref_threadsafe_function(e, lease->done);
  lease->wantedClass = call.priority(e);
  lease->wanted = true;
  if (!lease->threaded) std::thread(Lease::loop, lease).detach();
  lease->threaded = true;
  lease->wake.notify_one();
  return promise;
}
napi_value release(napi_env e, napi_callback_info info) {
  auto lease = Call(e, info).lease(e);
  if (lease) lock(lease->fd, F_UNLCK, 0, 1, false);
  return undefined(e);
}
// A thread that still waits ends when it gets the lease.
napi_value closeLease(napi_env e, napi_callback_info info) {
  auto lease = Call(e, info).lease(e);
  if (!lease) return undefined(e);
  {
    std::lock_guard<std::mutex> held(tableMutex);
    for (auto it = leases.begin(); it != leases.end();) it = it->second == lease ? leases.erase(it) : std::next(it);
  }
  napi_threadsafe_function done;
  {
    std::lock_guard<std::mutex> held(lease->mutex);
    lease->closed = true;
    done = lease->done;
    lease->done = nullptr;
  }
  lock(lease->fd, F_UNLCK, 0, 1, false);
  lease->wake.notify_one();
  if (done) napi_release_threadsafe_function(done, napi_tsfn_abort);
  return undefined(e);
}

}  // namespace

void registerLease(napi_env env, napi_value exports) {
  const struct { const char *name; napi_callback f; } table[] = {
      {"leaseOpen", open}, {"leaseTry", tryTake}, {"leaseWait", wait}, {"leaseRelease", release}, {"leaseClose", closeLease}};
  for (auto &f : table) {
    napi_value v;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.f, nullptr, &v);
    napi_set_named_property(env, exports, f.name, v);
  }
}

}  // namespace llamero
