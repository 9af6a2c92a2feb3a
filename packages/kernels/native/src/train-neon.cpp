// Thirty-two registers of four floats; fused multiply-add by the unit's flags.
#define TRAIN_LANES 4
#define TRAIN_MR 8
#include "train-attention.h"

namespace llamero {
TRAIN_KERNELS(neonTrainKernels, "neon")
}
