// Thirty-two registers: 28 sums, two of B, one of A.
#define TRAIN_LANES 16
#define TRAIN_MR 14
#include "train-attention.h"

namespace llamero {
TRAIN_KERNELS(avx512TrainKernels, "avx512")
}
