// No instruction set assumed: sixteen registers of four floats.
#define TRAIN_LANES 4
#define TRAIN_MR 6
#include "train-attention.h"

namespace llamero {
TRAIN_KERNELS(genericTrainKernels, "generic")
}
