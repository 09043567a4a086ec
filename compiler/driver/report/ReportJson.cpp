// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for programs. JSON has no infinity: a ratio without noise is null.

#include "compiler/driver/report/Report.h"

#include <cmath>

using namespace quench;
using namespace quench::quantize;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

namespace {

Value finiteOrNull(double value) {
  return std::isfinite(value) ? Value(value) : Value(nullptr);
}

Object errorJson(const ErrorSums &error) {
  return Object{
      {"sqnr_db", finiteOrNull(error.sqnr())  },
      {"cosine",  finiteOrNull(error.cosine())}
  };
}

/// Names come from files and may be no UTF-8, which JSON has to be.
Value text(llvm::StringRef given) {
  return llvm::json::isUTF8(given) ? given.str() : llvm::json::fixUTF8(given);
}

template <typename Range>
Array arrayOf(const Range &range) {
  Array array;
  for (const auto &each : range)
    array.push_back(each);
  return array;
}

Object codesJson(const CodeUse &codes) {
  return Object{
      {"smallest",      codes.smallest()     },
      {"largest",       codes.largest()      },
      {"range_use",     codes.rangeUse()     },
      {"clipped_low",   codes.clippedLow()   },
      {"clipped_high",  codes.clippedHigh()  },
      {"clipped_share", codes.clippedShare() },
      {"count",         codes.count()        },
      {"codes_per_bar", codes.codesPerBar()  },
      {"bars",          arrayOf(codes.bars())}
  };
}

Object filterJson(const FilterFacts &filter) {
  return Object{
      {"channels",        filter.channels                  },
      {"sqnr_db",         finiteOrNull(filter.error.sqnr())},
      {"coarse_channels", filter.coarseChannels            },
      {"worst_sqnr_db",   finiteOrNull(filter.worstSqnr)   },
      {"zero_channels",   filter.zeroChannels              },
      {"raised_channels", filter.raisedChannels            },
      {"largest_bias",    filter.largestBias               },
      {"largest_sum",     filter.largestBound              }
  };
}

Object layerJson(const LayerMeasure &layer) {
  Object object{
      {"name",  text(layer.name)    },
      {"op",    layer.op            },
      {"shape", arrayOf(layer.shape)}
  };
  if (layer.isIndex)
    return object;
  object["local"] = errorJson(layer.local);
  object["accumulated"] = errorJson(layer.accumulated);
  if (layer.grid)
    object["grid"] = Object{
        {"scale",      layer.grid->scale},
        {"zero_point", layer.grid->zero },
        {"min",        layer.grid->min  },
        {"max",        layer.grid->max  }
    };
  if (layer.codes.count())
    object["codes"] = codesJson(layer.codes);
  if (!layer.channels.drift.empty())
    object["channels"] = Object{
        {"worst_drift_channel", int64_t(layer.channels.worst())            },
        {"worst_drift",         layer.channels.mean(layer.channels.worst())},
        {"rms_drift",           layer.channels.rms()                       },
        {"dead",                layer.channels.dead()                      },
        {"small",               layer.channels.small()                     }
    };
  if (layer.filter)
    object["filter"] = filterJson(*layer.filter);
  if (layer.aloneNoise) {
    object["output_noise_alone"] = finiteOrNull(*layer.aloneNoise);
    object["regained_db"] = finiteOrNull(layer.regained);
  }
  Array range;
  for (const RangeTrack::Point &point : layer.range.points())
    range.push_back(Array{point.samples, point.min, point.max});
  object["float_range"] = std::move(range);
  if (!layer.notes.empty())
    object["notes"] = Array(llvm::map_range(layer.notes, text));
  return object;
}

Object memoryJson(const MemoryFacts &memory) {
  Array slots;
  for (const ArenaSlot &slot : memory.slots)
    slots.push_back(Object{
        {"name",   text(slot.name)},
        {"offset", slot.offset    },
        {"bytes",  slot.bytes     },
        {"first",  slot.first     },
        {"last",   slot.last      }
    });
  return Object{
      {"arena_bytes",   memory.arenaBytes },
      {"lower_bound",   memory.lowerBound },
      {"weights_bytes", memory.weightBytes},
      {"steps",         memory.steps      },
      {"slots",         std::move(slots)  }
  };
}

Object calibrationJson(const quantize::CalibrationLog &log) {
  Array tensors;
  for (const quantize::Trajectory &trajectory : log.tensors) {
    Array points;
    for (const quantize::RangeAt &point : trajectory.points)
      points.push_back(Array{point.samples, point.range.min, point.range.max});
    tensors.push_back(Object{
        {"name",   text(trajectory.tensor)},
        {"points", std::move(points)      }
    });
  }
  return Object{
      {"samples", log.samples       },
      {"tensors", std::move(tensors)}
  };
}

} // namespace

Value quench::reportJson(const ReportData &data) {
  const Measurement &m = data.measurement;
  Array outputs, layers, warnings;
  for (const OutputMeasure &output : m.outputs) {
    Object object = errorJson(output.error);
    object["name"] = text(output.name);
    if (output.agreeing)
      object["same_largest"] = *output.agreeing;
    outputs.push_back(std::move(object));
  }
  for (const LayerMeasure &layer : m.layers)
    layers.push_back(layerJson(layer));
  for (const Warning &warning : data.warnings)
    warnings.push_back(Object{
        {"kind",   row(warning.kind).name  },
        {"layer",  int64_t(warning.layer)  },
        {"text",   text(warning.text)      },
        {"advice", row(warning.kind).advice}
    });
  Array worst;
  for (size_t index : worstLayers(m, summarySize))
    worst.push_back(int64_t(index));
  Object report{
      {"format",      "quench-report"                                                        },
      {"version",     reportVersion                                                          },
      {"model",       text(data.model)                                                       },
      {"reference",   text(data.reference)                                                   },
      {"data",        text(data.data)                                                        },
      {"samples",     m.samples                                                              },
      {"outputs",     std::move(outputs)                                                     },
      {"layers",      std::move(layers)                                                      },
      {"worst",       std::move(worst)                                                       },
      {"warnings",    std::move(warnings)                                                    },
      {"attribution", Object{{"samples", m.attributionSamples},
                             {"additivity", finiteOrNull(m.additivity)}}}
  };
  if (data.calibration.samples > 0)
    report["calibration"] = calibrationJson(data.calibration);
  if (data.memory)
    report["memory"] = memoryJson(*data.memory);
  return Value(std::move(report));
}
