#include "dialects/q/Q.h"
#include "compiler/place/Passes.h"
#include "onnx-ml.pb.h"
#include <vector>
