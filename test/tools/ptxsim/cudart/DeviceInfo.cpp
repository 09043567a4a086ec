// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The device's properties, and errors by name.

#include "test/tools/ptxsim/cudart/Runtime.h"

#include <climits>
#include <cstring>

using namespace ptxsim;

namespace {

/// cudaDeviceProp of CUDA 13, as far as it is filled; the rest is zero.
struct Properties {
  char name[256];
  char uuid[16], luid[8];
  unsigned luidDeviceNodeMask;
  size_t totalGlobalMem, sharedMemPerBlock;
  int regsPerBlock, warpSize;
  size_t memPitch;
  int maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3];
  size_t totalConstMem;
  int major, minor;
  size_t textureAlignment, texturePitchAlignment;
  int multiProcessorCount, integrated, canMapHostMemory;
  int texturesAndSurfaces[39];
  size_t surfaceAlignment;
  int concurrentKernels, eccEnabled, pciBusID, pciDeviceID, pciDomainID;
  int tccDriver, asyncEngineCount, unifiedAddressing, memoryBusWidth;
  int l2CacheSize, persistingL2CacheMaxSize, maxThreadsPerMultiProcessor;
  int streamPrioritiesSupported, globalL1CacheSupported, localL1CacheSupported;
  size_t sharedMemPerMultiprocessor;
  int regsPerMultiprocessor, others[9];
  size_t sharedMemPerBlockOptin;
  int hostPageTables[2], maxBlocksPerMultiProcessor, accessPolicyMaxWindowSize;
  size_t reservedSharedMemPerBlock;
  int rest[76];
};
static_assert(sizeof(Properties) == 1008 &&
                  offsetof(Properties, multiProcessorCount) == 384 &&
                  offsetof(Properties, concurrentKernels) == 560 &&
                  offsetof(Properties, sharedMemPerMultiprocessor) == 624 &&
                  offsetof(Properties, sharedMemPerBlockOptin) == 672 &&
                  offsetof(Properties, reservedSharedMemPerBlock) == 696,
              "the layout of cudaDeviceProp in CUDA 13");

constexpr int sharedWithoutOptIn = 48 * 1024, registers = 65536;

struct ErrorName {
  Error error;
  const char *name, *text;
};

constexpr ErrorName errorNames[] = {
    {Success,                  "cudaSuccess",                       "no error"                 },
    {InvalidValue,             "cudaErrorInvalidValue",             "invalid argument"         },
    {MemoryAllocation,         "cudaErrorMemoryAllocation",         "out of memory"            },
    {InvalidConfiguration,     "cudaErrorInvalidConfiguration",
     "invalid configuration argument"                                                          },
    {InvalidSymbol,            "cudaErrorInvalidSymbol",            "invalid device symbol"    },
    {InvalidMemcpyDirection,   "cudaErrorInvalidMemcpyDirection",
     "invalid copy direction"                                                                  },
    {InvalidDeviceFunction,    "cudaErrorInvalidDeviceFunction",
     "invalid device function"                                                                 },
    {InvalidDevice,            "cudaErrorInvalidDevice",            "invalid device ordinal"   },
    {NoKernelImageForDevice,   "cudaErrorNoKernelImageForDevice",
     "no kernel image for the device"                                                          },
    {InvalidPtx,               "cudaErrorInvalidPtx",               "PTX that ptxsim refuses"  },
    {InvalidResourceHandle,    "cudaErrorInvalidResourceHandle",
     "invalid resource handle"                                                                 },
    {IllegalState,             "cudaErrorIllegalState",             "not allowed in this state"},
    {LaunchOutOfResources,     "cudaErrorLaunchOutOfResources",
     "too many resources requested for launch"                                                 },
    {LaunchFailure,            "cudaErrorLaunchFailure",            "a check of ptxsim failed" },
    {NotSupported,             "cudaErrorNotSupported",             "not supported by ptxsim"  },
    {StreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "not permitted while a stream is captured"                                                },
    {StreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "an earlier error ended the capture"                                                      },
    {StreamCaptureImplicit,    "cudaErrorStreamCaptureImplicit",
     "depends on the default stream while another is captured"                                 },
};

} // namespace

extern "C" {

int cudaGetDeviceCount(int *count) {
  *count = 1;
  return Success;
}

int cudaGetDevice(int *device) {
  *device = 0;
  return Success;
}

int cudaSetDevice(int device) {
  return Runtime::get().result(device == 0 ? Success : InvalidDevice);
}

int cudaDeviceReset() { return Success; }

int cudaSetDeviceFlags(unsigned) { return Success; }

int cudaDriverGetVersion(int *version) {
  *version = 13000;
  return Success;
}

int cudaRuntimeGetVersion(int *version) {
  *version = 13000;
  return Success;
}

// Numbers are those of cudaDeviceAttr.
int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  Runtime &runtime = Runtime::get();
  if (device != 0)
    return runtime.result(InvalidDevice);
  const Chip &chip = runtime.chip;
  const struct {
    int attribute, value;
  } rows[] = {
      {1,   1024                         }, // threads per block
      {2,   1024                         }, // block dimensions
      {3,   1024                         },
      {4,   64                           },
      {5,   INT_MAX                      }, // grid dimensions
      {6,   65535                        },
      {7,   65535                        },
      {8,   sharedWithoutOptIn           }, // shared memory per block
      {9,   65536                        }, // constant memory
      {10,  warpSize                     },
      {12,  registers                    }, // per block
      {16,  chip.multiprocessors         },
      {31,  1                            }, // concurrent kernels
      {38,  32 << 20                     }, // L2 bytes
      {39,  chip.threadsPerMultiprocessor},
      {41,  1                            }, // unified addressing
      {75,  chip.arch / 10               },
      {76,  chip.arch % 10               },
      {81,  chip.sharedPerMultiprocessor },
      {82,  registers                    }, // per multiprocessor
      {97,  chip.sharedPerBlockOptIn     },
      {106, chip.blocksPerMultiprocessor },
      {111, 1024                         }, // shared memory reserved per block
      {115, 1                            }, // memory pools
  };
  *value = 0;
  for (const auto &row : rows)
    if (row.attribute == attribute)
      *value = row.value;
  return Success;
}

int cudaGetDeviceProperties(Properties *properties, int device) {
  Runtime &runtime = Runtime::get();
  if (device != 0)
    return runtime.result(InvalidDevice);
  const Chip &chip = runtime.chip;
  memset(properties, 0, sizeof *properties);
  strcpy(properties->name, "ptxsim");
  properties->totalGlobalMem = size_t(16) << 30;
  properties->sharedMemPerBlock = sharedWithoutOptIn;
  properties->regsPerBlock = properties->regsPerMultiprocessor = registers;
  properties->warpSize = warpSize;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
  properties->maxThreadsDim[2] = 64;
  properties->maxGridSize[0] = INT_MAX;
  properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
  properties->totalConstMem = 65536;
  properties->major = chip.arch / 10;
  properties->minor = chip.arch % 10;
  properties->multiProcessorCount = chip.multiprocessors;
  properties->concurrentKernels = properties->unifiedAddressing = 1;
  properties->l2CacheSize = 32 << 20;
  properties->maxThreadsPerMultiProcessor = chip.threadsPerMultiprocessor;
  properties->sharedMemPerMultiprocessor = size_t(chip.sharedPerMultiprocessor);
  properties->sharedMemPerBlockOptin = size_t(chip.sharedPerBlockOptIn);
  properties->maxBlocksPerMultiProcessor = chip.blocksPerMultiprocessor;
  properties->reservedSharedMemPerBlock = 1024;
  return Success;
}

int cudaGetLastError() {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  return runtime.takeLastError();
}

int cudaPeekAtLastError() {
  Runtime &runtime = Runtime::get();
  Lock lock(runtime.mutex);
  return runtime.lastError();
}

const char *cudaGetErrorName(int error) {
  for (const ErrorName &row : errorNames)
    if (row.error == error)
      return row.name;
  return "unrecognized error code";
}

const char *cudaGetErrorString(int error) {
  for (const ErrorName &row : errorNames)
    if (row.error == error)
      return row.text;
  return "unrecognized error code";
}

} // extern "C"
