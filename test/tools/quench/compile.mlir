// From a float model to a program, through every phase; the program gives the
// bytes of the interpreter.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).normal(size=(16, 2, 8, 8)).astype(np.float32))"

// Without data a float model is refused, with advice, and nothing is written.
// RUN: not quench compile %s --quiet -o %t/none 2>&1 | FileCheck %s --check-prefix=NODATA
// NODATA: error: a float model needs calibration data
// NODATA: note: {{.*}}--calibrate=
// RUN: not ls %t/none

// Each level is text that goes back in; its error of level is caught.
// RUN: quench compile %s --quiet --calibrate=%t/x.npy --emit=qf -o %t/net.qf.mlir
// RUN: FileCheck %s --check-prefix=QF --input-file=%t/net.qf.mlir
// QF: qf.fake_quant
// RUN: quench compile %t/net.qf.mlir --quiet --emit=q -o %t/net.q.mlir
// RUN: FileCheck %s --check-prefix=Q --input-file=%t/net.q.mlir
// Q: q.conv2d
// RUN: quench quantize %s --quiet --calibrate=%t/x.npy -o %t/net.q2.mlir
// RUN: diff %t/net.q.mlir %t/net.q2.mlir
// RUN: quench compile %t/net.q.mlir --quiet --target=host,scalar --emit=plan -o %t/net.plan.mlir
// RUN: FileCheck %s --check-prefix=PLAN --input-file=%t/net.plan.mlir
// PLAN: plan.model @net
// RUN: not quench compile %t/net.plan.mlir --quiet --emit=q 2>&1 | FileCheck %s --check-prefix=BACK
// BACK: error: the model is at level 'plan' already, which lies behind 'q'

// Compiled from any of them: byte for byte the interpreter's result.
// RUN: quench run %t/net.q.mlir %t/x.npy --quiet -o %t/expected.npy
// RUN: quench run %t/net.qf.mlir %t/x.npy --quiet -o %t/simulated.npy
// RUN: cmp %t/expected.npy %t/simulated.npy
// RUN: quench compile %t/net.q.mlir --quiet --target=host,scalar --emit=exe %quench_cxx -o %t/exe
// RUN: %t/exe/net %t/x.npy -o %t/y.npy
// RUN: cmp %t/expected.npy %t/y.npy
// RUN: %t/exe/net %t/x.npy -o %t/y.npy --isa scalar
// RUN: cmp %t/expected.npy %t/y.npy
// RUN: %t/exe/net --selftest | FileCheck %s --check-prefix=SELFTEST
// SELFTEST: self-test: ok
// RUN: %t/exe/net --bench 4 | FileCheck %s --check-prefix=BENCH
// BENCH-COUNT-4: {{^[0-9]+\.[0-9]+$}}
// RUN: %t/exe/net %t/x.npy --profile | FileCheck %s --check-prefix=PROFILE
// PROFILE: {{^ *[0-9.]+}}  relu

// RUN: %t/exe/net --help | FileCheck %s --check-prefix=HELP
// HELP: usage: net [options] INPUT...
// HELP: Input 'x': <f4 [1, 2, 8, 8]
// HELP: Output 'y': <f4 [1, 4, 4, 4]
// RUN: %python %S/exit-code.py 2 %t/exe/net --frob 2>&1 | FileCheck %s --check-prefix=FROB
// FROB: net: unknown option '--frob'; try --help
// RUN: %python %S/exit-code.py 3 %t/exe/net %t/missing.npy 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: net: cannot open '{{.*}}missing.npy'
// RUN: %python -c "import numpy as np; np.save(r'%t/bad.npy', np.zeros((1, 2, 8, 8), np.float64))"
// RUN: %python %S/exit-code.py 3 %t/exe/net %t/bad.npy 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: expects elements of type '<f4' for input 'x', found '<f8'{{$}}
// RUN: %python -c "import numpy as np; np.save(r'%t/nhwc.npy', np.zeros((3, 8, 8, 2), np.float32))"
// RUN: %python %S/exit-code.py 3 %t/exe/net %t/nhwc.npy 2>&1 | FileCheck %s --check-prefix=DIMS
// DIMS: expects shape [1, 2, 8, 8] for input 'x', or that behind an axis of samples, found (3, 8, 8, 2)

// What is no file stays what it is.
// RUN: rm -f %t/link && ln -s y.npy %t/link && %t/exe/net %t/x.npy -o %t/link
// RUN: test -L %t/link && cmp %t/expected.npy %t/y.npy
// RUN: %python %S/fifo.py %t/fifo %t/expected.npy %t/exe/net %t/x.npy -o %t/fifo
// RUN: head -c 1000 %t/x.npy > %t/short.npy
// RUN: %python %S/exit-code.py 3 %t/exe/net %t/short.npy 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: expects a multiple of 512 bytes for input 'x' [1, 2, 8, 8], found 872
// Raw numbers, without a header.
// RUN: %python -c "import numpy as np; np.load(r'%t/x.npy').tofile(r'%t/x.bin')"
// RUN: %t/exe/net %t/x.bin -o %t/y.npy
// RUN: cmp %t/expected.npy %t/y.npy

// Sources: the same bytes again, in another folder.
// RUN: quench compile %s --quiet --target=x86_avx512vnni,x86_avxvnni,x86_avx2,scalar --calibrate=%t/x.npy --main -o %t/a
// RUN: quench compile %s --quiet --target=x86_avx512vnni,x86_avxvnni,x86_avx2,scalar --calibrate=%t/x.npy --main -o %t/b/c
// RUN: diff -r %t/a %t/b/c

// They compile without a warning.
// RUN: %cxx -std=c++17 -O1 -Wall -Wextra -Wconversion -Werror -I%qrt_include -c %t/a/net.cpp -o %t/compile.o
// RUN: %cxx -std=c++17 -Wall -Wextra -Wconversion -Werror -I%qrt_include -c %t/a/net_main.cpp -o %t/main.o

// The three forms of the weights are the same bytes.
// RUN: %cc -I%t/a -c %t/a/net_weights.S -o %t/incbin.o
// RUN: quench compile %s --quiet --target=host,scalar --calibrate=%t/x.npy --weights=object %quench_cxx --prefix=net -o %t/object
// RUN: ls %t/object | FileCheck %s --check-prefix=OBJECT
// OBJECT: CMakeLists.txt
// OBJECT-NEXT: net.cpp
// OBJECT-NEXT: net.h
// OBJECT-NEXT: net_weights.o
// OBJECT-NOT: {{.}}
// RUN: quench compile %s --quiet --target=host,scalar --calibrate=%t/x.npy --weights=array --prefix=net --main -o %t/array
// RUN: %cc -std=c11 -Wall -Wextra -Wconversion -Werror -c %t/array/net_weights.c -o %t/array.o
// RUN: %cxx -std=c++17 -I%qrt_include %t/array/net.cpp %t/array/net_main.cpp %t/array.o %qrt_lib -o %t/net_array
// RUN: %cxx -std=c++17 -I%qrt_include -I%t/object %t/array/net.cpp %t/array/net_main.cpp %t/object/net_weights.o %qrt_lib -o %t/net_object
// RUN: %t/net_array --selftest && %t/net_object --selftest

// An object for somebody else's program.
// RUN: quench compile %s --quiet --calibrate=%t/x.npy --emit=object %quench_cxx --prefix=net -o %t/o
// RUN: ls %t/o | FileCheck %s --check-prefix=FILES
// FILES: net.h
// FILES-NEXT: net.o
// FILES-NOT: {{.}}

// Libraries for it: one to link, one to load. Nothing but the API is exported.
// RUN: quench compile %s --quiet --calibrate=%t/x.npy --emit=static %quench_cxx --prefix=net -o %t/a
// RUN: quench compile %s --quiet --calibrate=%t/x.npy --emit=shared %quench_cxx --prefix=net -o %t/so
// RUN: ls %t/so | FileCheck %s --check-prefix=SHARED
// SHARED: libnet.so
// SHARED-NEXT: net.h
// SHARED-NOT: {{.}}
// RUN: %cxx -std=c++17 -I%qrt_include -I%t/a %t/array/net_main.cpp %t/a/libnet.a -o %t/net_static
// RUN: %t/net_static --selftest
// RUN: %if !asan %{ llvm-nm -D --defined-only %t/so/libnet.so | FileCheck %s --check-prefix=EXPORTS --implicit-check-not=_ %}
// EXPORTS-DAG: net_input_info
// EXPORTS-DAG: net_output_info
// EXPORTS-DAG: net_isa_names
// EXPORTS-DAG: net_run_with
// EXPORTS-DAG: net_run{{$}}
// EXPORTS-DAG: net_selftest
// RUN: quench compile %s --quiet --calibrate=%t/x.npy --threads=2 --emit=shared %quench_cxx --prefix=net -o %t/pool
// RUN: %if !asan %{ llvm-nm -D --defined-only %t/pool/libnet.so | FileCheck %s --check-prefix=POOL %}
// POOL-NOT: qrt_status
// POOL: net_run_threads
// POOL: qrt_threads_create
// POOL-NOT: qrt_status
// RUN: %cxx -std=c++17 -I%qrt_include -I%t/so %t/array/net_main.cpp %qrt_lib %t/so/libnet.so -Wl,-rpath,%t/so -o %t/net_shared
// RUN: %t/net_shared --selftest

// What a platform without a C library cannot have is said before anything is
// compiled.
// RUN: %python %S/exit-code.py 2 quench compile %t/net.q.mlir --quiet --target=aarch64-linux-android --emit=exe -o %t/failed 2>&1 | FileCheck %s --check-prefix=NOEXE
// NOEXE: error: a program for 'aarch64-linux-android' needs its C library, which is not here: make a library (--emit=static, --emit=shared), or write sources
// RUN: %python %S/exit-code.py 2 quench compile %t/net.q.mlir --quiet --target=aarch64-linux-android --threads=2 --emit=shared -o %t/failed 2>&1 | FileCheck %s --check-prefix=NOTHREADS
// NOTHREADS: error: threads on 'aarch64-linux-android' need its C library, which is not here: leave out --threads, or write sources
// RUN: %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --target=aarch64-linux-android --runtime=%t --emit=shared -o %t/failed 2>&1 | FileCheck %s --check-prefix=NORUNTIME
// NORUNTIME: error: no runtime in '{{.*}}': expects include/qrt/qrt.h and lib/quench/aarch64-linux-android/libqrt.a; name another folder with --runtime
// RUN: %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --target=aarch64-linux-android --cxx=g++ --emit=shared -o %t/failed 2>&1 | FileCheck %s --check-prefix=NOCLANG
// NOCLANG: error: '{{.*}}g++' is no Clang, which makes files for 'aarch64-linux-android'
// RUN: %python %S/exit-code.py 2 quench compile %t/net.q.mlir --quiet --main --emit=static -o %t/failed 2>&1 | FileCheck %s --check-prefix=NOMAIN
// NOMAIN: error: --main is for sources: an object or a library with a main would clash with its user's
// RUN: %if aarch64 %{ %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --target=arm_neon --cxx=aarch64-linux-gnu-g++ --emit=static -o %t/failed 2>&1 | FileCheck %s --check-prefix=MACHINES %}
// MACHINES: error: '{{.*}}libqrt.a' is for {{.*}}, what the compiler made for aarch64: name the right one with --runtime
// RUN: not ls %t/failed

// A folder in the place of a file: the other files stay as they were.
// RUN: mkdir -p %t/taken/libnet.so && echo old > %t/taken/net.h
// RUN: %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --prefix=net --emit=shared %quench_cxx -o %t/taken 2>&1 | FileCheck %s --check-prefix=TAKEN
// TAKEN: error: cannot write '{{.*}}libnet.so': {{[Ii]}}s a directory
// RUN: grep old %t/taken/net.h

// A compiler that fails, or is missing, leaves nothing behind.
// RUN: %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --emit=exe --cxxflag=-fno-such-flag -o %t/failed
// RUN: not ls %t/failed
// RUN: %python %S/exit-code.py 3 quench compile %t/net.q.mlir --quiet --emit=exe --cxx=no-such-compiler -o %t/failed 2>&1 | FileCheck %s --check-prefix=NOCXX
// NOCXX: error: no C++ compiler: looked for no-such-compiler; name one with --cxx
// RUN: not ls %t/failed

module attributes {quench.model = "net"} {
func.func @main(%x: tensor<1x2x8x8xf32> {quench.name = "x"}) -> (tensor<1x4x4x4xf32> {quench.name = "y"}) {
  %t = nn.transpose %x perm [0, 2, 3, 1] : (tensor<1x2x8x8xf32>) -> tensor<1x8x8x2xf32> loc("x_nhwc")
  %w = nn.constant dense<[[[[0.5, -0.25]]], [[[1.0, 0.75]]], [[[-1.0, 0.125]]], [[[0.0, 2.0]]]]> : tensor<4x1x1x2xf32>
  %b = nn.constant dense<[0.5, -0.5, 0.25, 0.0]> : tensor<4xf32>
  %c = nn.conv2d %t, %w, %b strides [2, 2] pads [0, 0, 0, 0] : (tensor<1x8x8x2xf32>, tensor<4x1x1x2xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32> loc("conv")
  %r = nn.relu %c : tensor<1x4x4x4xf32> loc("relu")
  %y = nn.transpose %r perm [0, 3, 1, 2] : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> loc("y")
  return %y : tensor<1x4x4x4xf32>
}
}
