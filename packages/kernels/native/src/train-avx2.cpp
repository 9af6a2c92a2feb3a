// Sixteen registers: twelve sums, two of B, one of A.
#define TRAIN_LANES 8
#define TRAIN_MR 6
#include "train-attention.h"

namespace llamero {
TRAIN_KERNELS(avx2TrainKernels, "avx2")
}
