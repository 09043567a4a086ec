#include <stdint.h>
#include <stdlib.h>
#include "qrt/kernels.h"
