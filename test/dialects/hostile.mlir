// RUN: quench-opt %s -verify-diagnostics -split-input-file

// Text that nobody would write by accident: generic forms with attributes
// missing, of another kind, or at the ends of int64, unranked types, regions
// without blocks. Each is an error, none a crash.

// expected-error@+1 {{'nn.constant' op result #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float, but got 'tensor<?xf32>'}}
%0 = "nn.constant"() {value = dense_resource<x> : tensor<?xf32>} : () -> tensor<?xf32>

// -----

// expected-error@+1 {{'nn.constant' op failed to verify that all of}}
%0 = "nn.constant"() {value = dense_resource<x> : tensor<*xf32>} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{'nn.constant' op attribute 'value' failed to satisfy constraint: constant vector/tensor attribute}}
%0 = "nn.constant"() {value = array<f32: 1.0>} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{dialect 'nn' provides no type parsing hook}}
%0 = "nn.constant"() {value = dense<"abc"> : tensor<2x!nn.foo>} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{'qf.constant' op codes expects i8, i16, i32, i64 or f32 elements, but has '!quant.uniform<i8:f32, 5.000000e-01>'}}
%0 = "qf.constant"() {codes = dense<["a","b"]> : tensor<2x!quant.uniform<i8:f32, 0.5>>, qtype = !quant.uniform<i8:f32, 0.5>} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{'q.constant' op result #0 must be static tensor of uniform quantized values, but got 'tensor<0x!quant.uniform<i8:f32, 5.000000e-01>>'}}
%0 = "q.constant"() {codes = dense<[]> : tensor<0xi8>} : () -> tensor<0x!quant.uniform<i8:f32, 0.5>>

// -----

// expected-error@+1 {{'q.constant' op result #0 must be static tensor of uniform quantized values, but got 'tensor<9223372036854775807x9x!quant.uniform<i8:f32, 5.000000e-01>>'}}
%0 = "q.constant"() {codes = dense_resource<x> : tensor<9223372036854775807x9xi8>} : () -> tensor<9223372036854775807x9x!quant.uniform<i8:f32, 0.5>>

// -----

// expected-error@+1 {{'plan.weights' op value expects a static tensor type, but has 'tensor<*xi8>'}}
"plan.weights"() {name = "x", value = dense_resource<x> : tensor<*xi8>} : () -> !plan.buffer<2xi8>

// -----

// expected-error@+1 {{illegal quantized dimension: -1}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32:-1, {0.5}>>) { return }

// -----

// expected-error@+1 {{integer value too large}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32:4000000000000, {0.5}>>) { return }

// -----

// expected-error@+1 {{expected floating point literal}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32:0, {}>>) { return }

// -----

// expected-error@+1 {{integer value too large}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32, 0.5:99999999999999999999>>) { return }

// -----

// expected-error@+1 {{'qf.fake_quant' op qtype expects one scale for each index of axis 3, but has 1 scales in 'tensor<2x!quant.uniform<i8:f32:3,}}
func.func @f(%x: tensor<2xf32>) { %0 = qf.fake_quant %x as !quant.uniform<i8:f32:3, {0.5}> : tensor<2xf32> return }

// -----

// expected-error@+1 {{'qf.fake_quant' op qtype expects one scale for each index of axis 0, but has 1 scales in 'tensor<!quant.uniform<i8:f32:0,}}
func.func @f(%x: tensor<f32>) { %0 = qf.fake_quant %x as !quant.uniform<i8:f32:0, {0.5}> : tensor<f32> return }

// -----

// expected-error@+1 {{'q.lut' op table expects a static tensor type, but has 'vector<256xi8>'}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32, 0.5>>) { %0 = q.lut %x function "x" {table = dense<0> : vector<256xi8>} : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>> return }

// -----

// expected-error@+1 {{'q.lut' op table expects a static tensor type, but has 'tensor<*xi8>'}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32, 0.5>>) { %0 = q.lut %x function "x" {table = dense_resource<x> : tensor<*xi8>} : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>> return }

// -----

// expected-error@+1 {{'q.lut' op requires attribute 'function'}}
func.func @f(%x: tensor<2x!quant.uniform<i8:f32, 0.5>>) { %0 = "q.lut"(%x) : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>> return }

// -----

// expected-error@+1 {{'q.matmul' op clamp expects 2 entries, but has 0}}
func.func @f(%x: tensor<2x2x!quant.uniform<i8:f32, 0.5>>) { %0 = "q.matmul"(%x, %x) {clamp = array<i64>, multiplier = 0x7FC00000 : f32} : (tensor<2x2x!quant.uniform<i8:f32, 0.5>>, tensor<2x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x2x!quant.uniform<i8:f32, 0.5>> return }

// -----

// expected-error@+1 {{'nn.reduce_mean' op requires attribute 'axes'}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.reduce_mean"(%x) : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+1 {{'nn.clip' op attribute 'max' failed to satisfy constraint: 32-bit float attribute}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.clip"(%x) {min = 1.0 : f64, max = 2.0 : f64} : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+1 {{'nn.reduce_mean' op attribute 'axes' failed to satisfy constraint: i64 dense array attribute}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.reduce_mean"(%x) {axes = dense<0> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+2 {{perm expects a permutation of 1 axes}}
// expected-error@+1 {{'nn.transpose' op failed to infer returned types}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.transpose"(%x) <{perm = array<i64: 9223372036854775807>}> : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+2 {{starts expects entries of at least 0, but has 9223372036854775807}}
// expected-error@+1 {{'nn.slice' op failed to infer returned types}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.slice"(%x) <{starts = array<i64: 9223372036854775807>, sizes = array<i64: 9223372036854775807>, steps = array<i64: 9223372036854775807>}> : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+2 {{low expects entries of at least -2147483647, but has -9223372036854775808}}
// expected-error@+1 {{'nn.pad' op failed to infer returned types}}
func.func @f(%x: tensor<2xf32>) { %0 = "nn.pad"(%x) <{low = array<i64: -9223372036854775808>, high = array<i64: 9223372036854775807>}> : (tensor<2xf32>) -> tensor<2xf32> return }

// -----

// expected-error@+2 {{groups expects a divisor of 1 input and 1 output channels, but is 0}}
// expected-error@+1 {{'nn.conv2d' op failed to infer returned types}}
func.func @f(%x: tensor<1x2x2x1xf32>, %w: tensor<1x1x1x1xf32>) { %0 = "nn.conv2d"(%x, %w) <{strides = array<i64: 1,1>, pads = array<i64:0,0,0,0>, groups = 0 : i64}> : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32> return }

// -----

// expected-error@+1 {{custom op 'nn.relu' invalid kind of type specified: expected builtin.tensor, but found 'tensor<*xf32>'}}
func.func @f(%x: tensor<*xf32>) { %0 = nn.relu %x : tensor<*xf32> return }

// -----

// expected-error@+1 {{'q.quantize' op operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float, but got 'tensor<*xf32>'}}
func.func @f(%x: tensor<*xf32>) { %0 = "q.quantize"(%x) : (tensor<*xf32>) -> tensor<*x!quant.uniform<i8:f32, 0.5>> return }

// -----

// expected-error@+1 {{'nn.reshape' op operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float, but got 'tensor<*xf32>'}}
func.func @f(%x: tensor<*xf32>) { %0 = nn.reshape %x : (tensor<*xf32>) -> tensor<4xf32> return }

// -----

// expected-error@+1 {{'nn.add' op operand #0 must be static tensor of 1 to 2^31 - 1 elements of 32-bit float, but got 'memref<4xf32>'}}
func.func @f(%x: memref<4xf32>) { %0 = "nn.add"(%x, %x) : (memref<4xf32>, memref<4xf32>) -> memref<4xf32> return }

// -----

// expected-error@+1 {{scratch of 9223372036854775807 bytes at 9223372036854775807 is not in the arena of 9223372036854775807}}
plan.model @x arena 9223372036854775807 targets ["a"] { "plan.call"() {step = 0 : i64, variant = -1 : i64, kernel = "k", params = "", fields = [], present = array<i1>, source = "", why = "", cost = 1.0 : f64, scratch_bytes = 9223372036854775807 : i64, scratch_offset = 9223372036854775807 : i64} : () -> () }

// -----

// expected-error@+1 {{'plan.call' op requires attribute 'cost'}}
plan.model @x arena 0 targets ["a"] { "plan.call"() {} : () -> () }

// -----

// expected-error@+1 {{invalid dimension}}
plan.model @x arena 0 targets ["a"] { %0 = plan.input 0 "x" : !plan.buffer<99999999999999999999xi8> }

// -----

// expected-error@+1 {{buffer expects i8, i16, i32, i64 or f32 elements, but has '!plan.buffer<2xi8>'}}
plan.model @x arena 0 targets ["a"] { %0 = plan.input 0 "x" : !plan.buffer<4x!plan.buffer<2xi8>> }

// -----

// expected-error@+1 {{'q.float_island' op requires one region}}
"q.float_island"() ({ ^bb0: }, {}) {reason = "x"} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{'q.float_island' op requires one region}}
%0 = "q.float_island"() {reason = "x"} : () -> tensor<2xf32>

// -----

// expected-error@+1 {{'q.float_island' op expects region #0 to have 0 or 1 blocks}}
%0 = "q.float_island"() ({ ^bb0: "q.yield"() : () -> () ^bb1: "q.yield"() : () -> ()}) {reason = "x"} : () -> tensor<2xf32>
