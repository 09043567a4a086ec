// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for a terminal.

#include "compiler/driver/report/Report.h"

#include "codegen/emit/Print.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace quench;
using namespace quench::quantize;
using llvm::formatv;

namespace {

/// A table whose columns are as wide as their widest cell; all but the first
/// `left` columns are right-aligned.
class TextTable {
public:
  TextTable(std::vector<std::string> header, std::vector<bool> isLeft)
      : isLeft(std::move(isLeft)) {
    rows.push_back(std::move(header));
  }
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }

  void print(llvm::raw_ostream &os) const {
    std::vector<size_t> widths(rows.front().size());
    for (const auto &row : rows)
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], row[i].size());
    for (const auto &row : rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string gap(widths[i] - row[i].size(), ' ');
        line += (i ? "  " : "") + (isLeft[i] ? row[i] + gap : gap + row[i]);
      }
      os << llvm::StringRef(line).rtrim() << '\n';
    }
  }

private:
  std::vector<bool> isLeft;
  std::vector<std::vector<std::string>> rows;
};

std::string fixed(double value, int digits) {
  return formatv(digits == 1   ? "{0:F1}"
                 : digits == 2 ? "{0:F2}"
                               : "{0:F4}",
                 value);
}

/// Long names keep their end, which tells layers apart.
std::string shortened(const std::string &name, size_t length) {
  return name.size() <= length
             ? name
             : "..." + name.substr(name.size() - (length - 3));
}

std::vector<std::string> rowOf(const ReportData &data, size_t index,
                               llvm::ArrayRef<size_t> worst) {
  const LayerMeasure &layer = data.measurement.layers[index];
  const bool isWorst = llvm::is_contained(worst, index);
  const bool hasWarning = llvm::any_of(
      data.warnings, [&](const Warning &w) { return w.layer == index; });
  std::vector<std::string> row = {
      std::string(isWorst ? "*" : " ") + (hasWarning ? "!" : " "),
      std::to_string(index), shortened(layer.name, 40), layer.op};
  if (layer.isIndex) {
    row.insert(row.end(), 7, "-");
    return row;
  }
  row.push_back(decibelText(layer.local.sqnr()));
  row.push_back(decibelText(layer.accumulated.sqnr()));
  row.push_back(fixed(layer.accumulated.cosine(), 4));
  const bool hasCodes = layer.codes.count() > 0;
  row.push_back(hasCodes ? fixed(100 * layer.codes.rangeUse(), 1) : "-");
  row.push_back(hasCodes ? fixed(100 * layer.codes.clippedShare(), 2) : "-");
  const bool hasDrift = layer.grid && !layer.channels.drift.empty();
  row.push_back(hasDrift ? fixed(layer.channels.mean(layer.channels.worst()) /
                                     layer.grid->scale,
                                 2)
                         : "-");
  row.push_back(!layer.aloneNoise            ? "-"
                : std::isinf(layer.regained) ? "all"
                                             : fixed(layer.regained, 2));
  return row;
}

void printSummary(llvm::raw_ostream &os, const ReportData &data,
                  llvm::ArrayRef<size_t> worst) {
  if (worst.empty()) {
    os << "\nno layer has an error\n";
    return;
  }
  os << "\nthe worst layers\n";
  for (size_t index : worst) {
    const LayerMeasure &layer = data.measurement.layers[index];
    os << formatv("  {0} '{1}' ({2}): {3} dB on its own", index, layer.name,
                  layer.op, decibelText(layer.local.sqnr()));
    if (layer.aloneNoise)
      os << (std::isinf(layer.regained)
                 ? std::string("; the only error of the outputs")
                 : formatv("; {0:F2} dB regained at the outputs without it",
                           layer.regained)
                       .str());
    os << "\n      from " << causeOf(layer) << '\n';
  }
}

/// Kind by kind: the most important layers, how many there are, the way out.
void printWarnings(llvm::raw_ostream &os, const ReportData &data) {
  constexpr size_t shown = 3;
  llvm::ArrayRef<Warning> left = data.warnings;
  os << '\n'
     << left.size() << (left.size() == 1 ? " warning\n" : " warnings\n");
  while (!left.empty()) {
    llvm::ArrayRef<Warning> group = left.take_while(
        [&](const Warning &w) { return w.kind == left.front().kind; });
    left = left.drop_front(group.size());
    const WarningRow &kind = row(group.front().kind);
    os << formatv("  {0} ({1})\n", kind.name, group.size());
    for (const Warning &warning : group.take_front(shown))
      os << formatv("    {0} '{1}': {2}\n", warning.layer,
                    data.measurement.layers[warning.layer].name, warning.text);
    if (group.size() > shown)
      os << formatv("    and {0} more (--json, --html)\n",
                    group.size() - shown);
    os << "    way out: " << kind.advice << '\n';
  }
}

/// Numbers behind a word become x: what differs from layer to layer.
std::string withoutNumbers(llvm::StringRef note) {
  std::string text;
  while (!note.empty()) {
    const bool isNumber =
        llvm::isDigit(note.front()) && llvm::StringRef(text).ends_with(" ");
    const llvm::StringRef part = isNumber ? note.take_while([](char c) {
      return llvm::isDigit(c) || llvm::StringRef(".e-+").contains(c);
    })
                                          : note.take_front();
    text += isNumber ? "x" : part.str();
    note = note.drop_front(part.size());
  }
  return text;
}

/// What passes noted, and of which layers.
void printChanges(llvm::raw_ostream &os, const ReportData &data) {
  constexpr size_t shown = 3;
  llvm::MapVector<std::string, std::vector<llvm::StringRef>,
                  std::map<std::string, unsigned>>
      changes;
  for (const LayerMeasure &layer : data.measurement.layers)
    for (const std::string &note : layer.notes)
      changes[withoutNumbers(note)].push_back(layer.name);
  if (changes.empty())
    return;
  os << "\nwhat was changed (--json and --html have the numbers)\n";
  for (const auto &[note, layers] : changes) {
    os << formatv("  {0}: '{1}'", note,
                  llvm::join(llvm::ArrayRef(layers).take_front(shown), "', '"));
    if (layers.size() > shown)
      os << formatv(" and {0} more", layers.size() - shown);
    os << '\n';
  }
}

} // namespace

std::string quench::reportText(const ReportData &data) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const Measurement &m = data.measurement;
  os << "model      " << data.model << "\nmeasured   on " << m.samples
     << (m.samples == 1 ? " sample" : " samples") << " of " << data.data
     << ", against " << data.reference << '\n';
  for (const OutputMeasure &output : m.outputs) {
    os << formatv("output     '{0}': {1} dB, cosine {2:F4}", output.name,
                  decibelText(output.error.sqnr()), output.error.cosine());
    if (output.agreeing)
      os << ", same largest element for " << *output.agreeing << " of "
         << m.samples;
    os << '\n';
  }
  if (data.memory)
    os << formatv("memory     arena {0} bytes, weights {1} bytes\n",
                  emit::grouped(data.memory->arenaBytes),
                  emit::grouped(data.memory->weightBytes));
  if (m.attributionSamples)
    os << formatv("additivity {0:F2}: errors of single layers, added up, over "
                  "the error of all ({1} {2})\n",
                  m.additivity, m.attributionSamples,
                  m.attributionSamples == 1 ? "sample" : "samples");
  else
    os << formatv("regain     not measured: one sample takes about {0} "
                  "seconds (--attribution-seconds)\n",
                  int64_t(std::ceil(m.attributionCost)));
  os << "\n* one of the worst, ! has a warning; SQNR in dB, codes and clipped "
        "in %, drift in steps,\nregain in dB (docs/report.md)\n\n";

  const std::vector<size_t> worst = worstLayers(m, summarySize);
  TextTable table({"", "#", "layer", "op", "local", "total", "cosine", "codes",
                   "clipped", "drift", "regain"},
                  {true, false, true, true, false, false, false, false, false,
                   false, false});
  for (size_t i = 0; i < m.layers.size(); ++i)
    table.add(rowOf(data, i, worst));
  table.print(os);
  printSummary(os, data, worst);

  printWarnings(os, data);
  printChanges(os, data);
  if (data.calibration.samples > 0)
    os << '\n' << quantize::describeConvergence(data.calibration);
  return text;
}
