#include "codegen/targets/Targets.h"
#include "mlir/IR/Builders.h"
#include "codegen/emit/Emit.h"
