#pragma once
#define NAPI_VERSION 8
#include <node_api.h>

namespace llamero {
// Adds the functions of training, all named train*, to the addon.
void registerTraining(napi_env env, napi_value exports);
}  // namespace llamero
