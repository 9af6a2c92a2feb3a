// What the files of the Node-API surface share.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace llamero {
namespace {

struct Error { std::string text; };
napi_value fail(napi_env e, const std::string &text) { napi_throw_range_error(e, nullptr, text.c_str()); return nullptr; }
struct Args {
  napi_env e;
  napi_value v[12];
  Args(napi_env env, napi_callback_info info) : e(env) { size_t n = 12; napi_get_cb_info(e, info, &n, v, nullptr, nullptr); }
  int i32(int i) const { int32_t r = 0; if (napi_get_value_int32(e, v[i], &r) != napi_ok) throw Error{"Native argument " + std::to_string(i) + " is not an integer"}; return r; }
  double f64(int i) const { double r = 0; if (napi_get_value_double(e, v[i], &r) != napi_ok) throw Error{"Native argument " + std::to_string(i) + " is not a number"}; return r; }
  std::string str(int i) const { size_t n = 0; napi_get_value_string_utf8(e, v[i], nullptr, 0, &n); std::string s(n, 0); napi_get_value_string_utf8(e, v[i], s.data(), n + 1, &n); return s; }
};
// Typed array contents; T must match the element size.
template <class T> struct View { T *data = nullptr; size_t n = 0; };
template <class T> View<T> view(napi_env e, napi_value v) {
  View<T> r;
  bool typed = false;
  napi_is_typedarray(e, v, &typed);
  if (!typed) return r;
  napi_typedarray_type t; size_t off; napi_value ab; void *d;
  napi_get_typedarray_info(e, v, &t, &r.n, &d, &ab, &off);
  static const size_t size[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  if (size[t] != sizeof(T)) throw Error{"Native array has elements of another size"};
  r.data = (T *)d;
  return r;
}
template <class T> std::vector<T> copy(napi_env e, napi_value v) { auto w = view<T>(e, v); return w.n ? std::vector<T>(w.data, w.data + w.n) : std::vector<T>(); }
napi_value number(napi_env e, double d) { napi_value r; napi_create_double(e, d, &r); return r; }
template <class T> napi_value array(napi_env e, const T *p, size_t n, napi_typedarray_type t) {
  napi_value ab, r; void *d;
  napi_create_arraybuffer(e, n * sizeof(T), &d, &ab);
  if (n) memcpy(d, p, n * sizeof(T));
  napi_create_typedarray(e, t, n, ab, 0, &r);
  return r;
}

template <napi_value (*F)(napi_env, Args &)> napi_value guarded(napi_env e, napi_callback_info info) {
  try { Args a(e, info); return F(e, a); }
  catch (const Error &x) { return fail(e, x.text); }
  catch (const std::bad_alloc &) { return fail(e, "No memory left"); }
}


}  // namespace
}  // namespace llamero
