#include "mlir/IR/Builders.h"
#include "dialects/q/Q.h"
