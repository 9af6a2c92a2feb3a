// The machine-wide compute lease: see lease.cpp.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>

namespace llamero {
// Adds leaseOpen, leaseTry, leaseWait, leaseRelease and leaseClose to the addon.
void registerLease(napi_env env, napi_value exports);
}  // namespace llamero
