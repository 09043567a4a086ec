// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A placed model in words and in JSON. Everything comes from the plan and the
// catalogue; nothing is decided here.

#include "compiler/place/Explain.h"

#include "compiler/place/Fields.h"
#include "compiler/place/Passes.h"
#include "compiler/place/Planner.h"
#include "dialects/q/Notes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <map>

using namespace mlir;

namespace quench::place {

#define GEN_PASS_DEF_EXPLAINPLAN
#include "compiler/place/Passes.h.inc"

namespace {

/// Bytes of scratch by step: the most that a variant needs.
std::map<int64_t, int64_t> scratchOf(plan::ModelOp model) {
  std::map<int64_t, int64_t> steps;
  for (auto call : model.getOps<plan::CallOp>()) {
    int64_t &most = steps[static_cast<int64_t>(call.getStep())];
    most = std::max(most,
                    static_cast<int64_t>(call.getScratchBytes().value_or(0)));
  }
  return steps;
}

int64_t mostScratch(plan::ModelOp model) {
  int64_t most = 0;
  for (auto [step, bytes] : scratchOf(model))
    most = std::max(most, bytes);
  return most;
}

/// How a narrow filter is read; empty for others.
std::string filterTextOf(plan::CallOp call) {
  auto problem = problemOf(call);
  const kernels::Kernel *kernel = kernels::findKernel(call.getKernel());
  if (!problem || kernel->filterBits == 8)
    return "";
  const int channels = kernel->unpackedChannels(*problem);
  std::string text =
      llvm::formatv("{0}-bit weights, unpacked per block of {1} channel{2}",
                    kernel->filterBits, channels, channels == 1 ? "" : "s");
  if (kernel->grouped)
    text += llvm::formatv(", a multiplier for {0} input channels",
                          problem->filterGroup);
  return text;
}

/// The shape of a buffer, of all of the tensor that it has some rows of, or of
/// the channels that it has of others' pixels.
SmallVector<int64_t> wholeShapeOf(Value buffer) {
  SmallVector<int64_t> shape(
      cast<plan::BufferType>(buffer.getType()).getShape());
  auto slot = buffer.getDefiningOp<plan::SlotOp>();
  if (slot)
    if (auto given = slot->getAttrOfType<DenseI64ArrayAttr>("quench.shape"))
      return SmallVector<int64_t>(given.asArrayRef());
  if (slot && slot.getWindowAttr() && shape.size() > 1)
    if (auto rows = slot.getWindowAttr().getAs<IntegerAttr>("rows"))
      shape[1] = rows.getInt();
  return shape;
}

/// "1x56x56x24 x 24x... -> ..." of the tensors that flow, constants left out.
std::string shapesOf(plan::CallOp call) {
  SmallVector<std::string> shapes;
  for (Value operand : call.getOperands()) {
    if (operand.getDefiningOp<plan::WeightsOp>())
      continue;
    auto type = cast<plan::BufferType>(operand.getType());
    std::string shape;
    llvm::raw_string_ostream os(shape);
    llvm::interleave(wholeShapeOf(operand), os, "x");
    if (!type.getElementType().isInteger(8))
      os << (type.getShape().empty() ? "" : "x") << type.getElementType();
    shapes.push_back(shape);
  }
  if (shapes.empty())
    return "";
  const std::string result = shapes.pop_back_val();
  return llvm::join(shapes, ", ") + (shapes.empty() ? "-> " : " -> ") + result;
}

StringRef opOf(plan::CallOp call) {
  const kernels::Kernel *kernel = kernels::findKernel(call.getKernel());
  return kernel ? StringRef(kernels::opName(kernel->op)) : call.getKernel();
}

SmallVector<StringRef> linesOf(StringRef text) {
  SmallVector<StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  return lines;
}

struct Totals {
  int64_t macs = 0, weights = 0, calls = 0, steps = 0;
  /// Estimated cycles on each target.
  SmallVector<double> cycles;
};

Totals totalsOf(plan::ModelOp model) {
  Totals totals;
  totals.cycles.resize(model.getTargets().size());
  int64_t lastStep = -1;
  for (auto weights : model.getOps<plan::WeightsOp>())
    totals.weights +=
        cast<plan::BufferType>(weights.getBuffer().getType()).getNumBytes();
  for (auto call : model.getOps<plan::CallOp>()) {
    const auto variant = static_cast<int64_t>(call.getVariant());
    const double cost = call.getCost().convertToDouble();
    for (auto [index, cycles] : llvm::enumerate(totals.cycles))
      if (variant < 0 || variant == static_cast<int64_t>(index))
        cycles += cost;
    ++totals.calls;
    if (static_cast<int64_t>(call.getStep()) == lastStep)
      continue;
    lastStep = static_cast<int64_t>(call.getStep());
    totals.macs += static_cast<int64_t>(call.getMacs());
    ++totals.steps;
  }
  return totals;
}

double timeOf(plan::CallOp call, StringRef name) {
  auto time = call->getAttrOfType<FloatAttr>(name);
  return time ? time.getValueAsDouble() : 0;
}

/// ", 4.560 us measured (6.120 us: what the model chooses)"; of a call that
/// workers share, whose whole was measured, "us by measurement".
std::string measuredText(plan::CallOp call) {
  const double time = timeOf(call, timeAttr);
  const double model = timeOf(call, modelTimeAttr);
  if (time <= 0)
    return "";
  std::string text =
      llvm::formatv(", {0:f3} us {1}", time,
                    call.getSplitAttr() ? "by measurement" : "measured");
  if (model > time)
    text += llvm::formatv(" ({0:f3} us: what the model chooses)", model);
  return text;
}

/// "steps 3 to 5 in 14 bands of 4 rows", of each group; of rows there are 4 in
/// the last call's result.
std::vector<std::string> groupTexts(plan::ModelOp model) {
  std::map<int64_t, plan::CallOp> last;
  for (auto call : model.getOps<plan::CallOp>())
    if (DictionaryAttr bands = call.getBandsAttr())
      if (auto first = bands.getAs<IntegerAttr>("first"))
        last[first.getInt()] = call;
  std::vector<std::string> texts;
  for (auto [first, call] : last) {
    const kernels::Bands bands = *bandsOf(call);
    const auto shape = wholeShapeOf(call.getOperands().back());
    std::string text = llvm::formatv("steps {0} to {1} in {2} bands", first,
                                     call.getStep(), bands.number);
    if (shape.size() == 4 && bands.count > 0)
      text +=
          llvm::formatv(" of {0} rows", shape[1] * bands.step / bands.count);
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string targetOf(plan::ModelOp model, plan::CallOp call) {
  const auto variant = static_cast<int64_t>(call.getVariant());
  if (variant < 0)
    return "all targets";
  return cast<StringAttr>(model.getTargets()[variant]).str();
}

/// `said` are the considered kernels printed for this step: a target lists
/// those of its fallbacks again.
void explainCall(plan::ModelOp model, plan::CallOp call, bool newStep,
                 bool brief, llvm::StringSet<> &said, llvm::raw_ostream &os) {
  if (newStep) {
    said.clear();
    os << llvm::formatv("{0,4}  {1,-12} {2}", call.getStep(), opOf(call),
                        call.getSource());
    if (std::string shapes = shapesOf(call); !shapes.empty())
      os << "  [" << shapes << "]";
    if (call.getMacs())
      os << "  " << call.getMacs() << " MAC";
    if (const auto bands = bandsOf(call))
      os << "  " << bands->number << " bands";
    os << "\n";
    if (ArrayAttr notes = q::notesOf(call); notes && !brief)
      for (auto note : notes.getAsRange<StringAttr>())
        os << "      note: " << note.getValue() << "\n";
  }
  os << llvm::formatv("      {0}: {1}, {2:f0} cycles{3}\n",
                      targetOf(model, call), call.getKernel(),
                      call.getCost().convertToDouble(), measuredText(call));
  if (brief)
    return;
  if (std::string filter = filterTextOf(call); !filter.empty())
    os << "        " << filter << "\n";
  for (StringRef line : linesOf(call.getWhy()))
    if (said.insert(line).second)
      os << "        " << line << "\n";
}

} // namespace

std::string compareWithModel(plan::ModelOp model) {
  std::string text;
  for (auto [index, target] : llvm::enumerate(model.getTargets())) {
    int64_t calls = 0, others = 0;
    double time = 0, lost = 0;
    for (auto call : model.getOps<plan::CallOp>()) {
      const auto variant = static_cast<int64_t>(call.getVariant());
      const double own = timeOf(call, timeAttr);
      if (own <= 0 || (variant >= 0 && variant != static_cast<int64_t>(index)))
        continue;
      const double more = timeOf(call, modelTimeAttr) - own;
      ++calls;
      others += more > 0;
      time += own;
      lost += more;
    }
    if (calls)
      text += llvm::formatv("{0}: {1} calls chosen by time, {2:f3} ms; the "
                            "model chooses otherwise in {3}, which costs "
                            "{4:f3} ms (+{5:f1} %)\n",
                            cast<StringAttr>(target).getValue(), calls,
                            time / 1e3, others, lost / 1e3, 100 * lost / time);
  }
  return text;
}

int64_t arenaLowerBound(plan::ModelOp model) {
  std::vector<Block> blocks;
  for (auto slot : model.getOps<plan::SlotOp>())
    if (!slot.getView())
      blocks.push_back(Block{
          cast<plan::BufferType>(slot.getBuffer().getType()).getNumBytes(),
          Steps{static_cast<int64_t>(slot.getFirst()),
                static_cast<int64_t>(slot.getLast())}
      });
  for (auto [step, bytes] : scratchOf(model))
    blocks.push_back(Block{
        bytes, Steps{step, step}
    });
  return arenaBound(blocks);
}

void explain(plan::ModelOp model, llvm::raw_ostream &os,
             const ExplainOptions &options) {
  const Totals totals = totalsOf(model);
  const int64_t bound = arenaLowerBound(model);
  const auto arena = static_cast<int64_t>(model.getArenaBytes());
  os << "model " << model.getSymName() << "\n"
     << "  " << totals.steps << " steps, " << totals.macs << " MAC, "
     << totals.weights << " bytes of weights\n"
     << "  arena " << arena << " bytes";
  if (arena == bound)
    os << ", the lower bound of this order\n";
  else
    os << ", lower bound " << bound
       << llvm::formatv(" (+{0:f1} %)",
                        100.0 * static_cast<double>(arena - bound) /
                            static_cast<double>(std::max<int64_t>(bound, 1)))
       << "\n";
  if (auto whole = model.getWholeArenaBytes()) {
    os << "  arena without bands " << *whole << " bytes\n";
    for (const std::string &text : groupTexts(model))
      os << "  " << text << "\n";
  }
  if (const int64_t scratch = mostScratch(model))
    os << "  scratch of a call: at most " << scratch << " bytes of it\n";
  for (auto [target, cycles] :
       llvm::zip_equal(model.getTargets(), totals.cycles))
    os << llvm::formatv("  {0}: about {1:f2} million cycles\n",
                        cast<StringAttr>(target).getValue(), cycles / 1e6);

  const std::string comparison = compareWithModel(model);
  for (StringRef line : linesOf(comparison))
    os << "  " << line << "\n";

  os << "\ncalls\n";
  int64_t lastStep = -1;
  llvm::StringSet<> said;
  for (auto call : model.getOps<plan::CallOp>()) {
    const auto step = static_cast<int64_t>(call.getStep());
    explainCall(model, call, step != lastStep, options.brief, said, os);
    lastStep = step;
  }
  if (options.brief)
    return;

  os << "\narena (offset, bytes, live steps)\n";
  for (auto slot : model.getOps<plan::SlotOp>())
    os << llvm::formatv(
        "  {0,9} {1,9}  [{2}, {3}]  {4}{5}\n", slot.getOffset(),
        cast<plan::BufferType>(slot.getBuffer().getType()).getNumBytes(),
        slot.getFirst(), slot.getLast(), slot.getName(),
        slot.getView() ? " (shares bytes)" : "");
}

void explainJson(plan::ModelOp model, llvm::raw_ostream &os) {
  const Totals totals = totalsOf(model);
  llvm::json::OStream json(os, 2);
  auto text = [](Attribute attr) {
    return llvm::json::fixUTF8(cast<StringAttr>(attr).getValue());
  };
  auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
  json.object([&] {
    json.attribute("model", llvm::json::fixUTF8(model.getSymName()));
    json.attributeArray("targets", [&] {
      for (size_t i = 0; i < totals.cycles.size(); ++i)
        json.object([&] {
          json.attribute("name", text(model.getTargets()[i]));
          json.attribute("cycles", totals.cycles[i]);
        });
    });
    json.attributeObject("arena", [&] {
      json.attribute("bytes", number(model.getArenaBytes()));
      json.attribute("bound", arenaLowerBound(model));
      json.attribute("scratch", mostScratch(model));
      if (auto whole = model.getWholeArenaBytes())
        json.attribute("without_bands", number(*whole));
    });
    json.attribute("macs", totals.macs);
    json.attribute("weights_bytes", totals.weights);
    json.attributeArray("calls", [&] {
      for (auto call : model.getOps<plan::CallOp>())
        json.object([&] {
          json.attribute("step", number(call.getStep()));
          json.attribute("op", opOf(call));
          json.attribute("source", text(call.getSourceAttr()));
          json.attribute("shapes", shapesOf(call));
          json.attribute("target", targetOf(model, call));
          json.attribute("kernel", text(call.getKernelAttr()));
          if (std::string filter = filterTextOf(call); !filter.empty())
            json.attribute("filter", filter);
          json.attribute("cycles", call.getCost().convertToDouble());
          if (double time = timeOf(call, timeAttr); time > 0) {
            json.attribute("microseconds", time);
            json.attribute("model_microseconds", timeOf(call, modelTimeAttr));
          }
          json.attribute("macs", number(call.getMacs()));
          if (const auto bands = bandsOf(call))
            json.attribute("bands", int64_t{bands->number});
          json.attributeArray("considered", [&] {
            for (StringRef line : linesOf(call.getWhy()))
              json.value(llvm::json::fixUTF8(line));
          });
          json.attributeArray("notes", [&] {
            if (ArrayAttr notes = q::notesOf(call))
              for (Attribute note : notes)
                json.value(text(note));
          });
        });
    });
    json.attributeArray("slots", [&] {
      for (auto slot : model.getOps<plan::SlotOp>())
        json.object([&] {
          json.attribute("name", text(slot.getNameAttr()));
          json.attribute("offset", number(slot.getOffset()));
          json.attribute(
              "bytes",
              cast<plan::BufferType>(slot.getBuffer().getType()).getNumBytes());
          json.attribute("first", number(slot.getFirst()));
          json.attribute("last", number(slot.getLast()));
          json.attribute("view", slot.getView());
        });
    });
  });
  os << "\n";
}

namespace {

struct ExplainPlan : impl::ExplainPlanBase<ExplainPlan> {
  using ExplainPlanBase::ExplainPlanBase;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<plan::ModelOp>()) {
      if (json)
        explainJson(model, llvm::outs());
      else
        explain(model, llvm::outs(), {brief});
    }
    markAllAnalysesPreserved();
  }
};

} // namespace

} // namespace quench::place
