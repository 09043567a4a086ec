// RUN: rm -rf %t && mkdir %t
// RUN: sed 's/SUM/1078771176/' %s > %t/good.mlir
// RUN: sed 's/SUM/1/' %s > %t/bad.mlir
// RUN: quench compile %t/good.mlir --quiet --emit=exe %quench_cxx -o %t
// RUN: %t/copy --selftest | FileCheck %s --check-prefix=GOOD
// RUN: quench compile %t/bad.mlir --quiet --emit=exe %quench_cxx -o %t
// RUN: not %t/copy --selftest 2>&1 | FileCheck %s --check-prefix=BAD

// The sum of other bytes than the model's is noticed.
// GOOD: self-test: ok
// BAD: copy: self-test: 

plan.model @copy arena 0 targets ["scalar"] attributes {quench.selftest_crc = [SUM]} {
  %x = plan.input 0 "x" {scale = 1.0 : f32, zero_point = 0 : i64} : !plan.buffer<4xi8>
  %y = plan.output 0 "y" {scale = 1.0 : f32, zero_point = 0 : i64} : !plan.buffer<4xi8>
  plan.call 0 variant -1 "qrt_ref_copy"(%x, %y) {cost = 1.0 : f64, params = "qrt_copy",
      fields = [[1, [4, 1, 1, 1, 1, 1]], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], 0, 0, 1],
      present = array<i1: true, true>, source = "copy", why = ""}
      : !plan.buffer<4xi8>, !plan.buffer<4xi8>
}
