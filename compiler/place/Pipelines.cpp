// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The passes from q to plan.

#include "compiler/place/Pipelines.h"

#include "compiler/place/Passes.h"

using namespace mlir;

namespace quench::place {

void buildPlacePipeline(OpPassManager &pm,
                        const PlacePipelineOptions &options) {
  PlaceOptions place;
  place.targets.assign(options.targets.begin(), options.targets.end());
  place.modelName = options.modelName;
  place.optimizeSize = options.optimizeSize;
  place.optionsText = options.optionsText;
  place.threads = options.threads;
  place.bands = options.bands;
  place.timings = options.timings;
  place.cpu = options.cpu;
  pm.addPass(createPlace(place));
  pm.addPass(createVerifyPlan());
}

void registerPlacePipelines() {
  PassPipelineRegistration<PlacePipelineOptions>(
      "quench-place", "Kernels, weights and addresses: from q to plan",
      buildPlacePipeline);
}

} // namespace quench::place
