// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report as one page. No script and nothing from outside: it can be mailed
// and opened anywhere.

#include "compiler/driver/report/Plots.h"
#include "compiler/driver/report/Svg.h"

#include "codegen/emit/Print.h"
#include "compiler/interpret/Tensor.h"
#include "qrt/qrt.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace quench;
using namespace quench::quantize;
using llvm::formatv;

namespace {

constexpr const char style[] = R"css(
:root { --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --soft: #f6f8fa;
  --blue: #0969da; --orange: #bc4c00; --red: #cf222e; --green: #1a7f37;
  --amber: #9a6700; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff;
  font: 14px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1144px; margin: 0 auto; padding: 28px 32px 64px; }
h1 { font-size: 24px; margin: 0 0 2px; }
h2 { font-size: 18px; margin: 40px 0 6px; padding-bottom: 4px;
  border-bottom: 1px solid var(--line); }
p { margin: 6px 0 10px; max-width: 92ch; }
.muted { color: var(--muted); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 4px; }
.tile { flex: 1 1 150px; border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 14px; background: var(--soft); }
.tile b { display: block; font-size: 22px; line-height: 1.25; }
.tile span { color: var(--muted); font-size: 12px; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
svg text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
  fill: var(--ink); }
svg .tick, svg .small { fill: var(--muted); font-size: 11px; }
svg .small { font-size: 10px; }
svg .inside { font-size: 10px; pointer-events: none; }
svg .name { fill: var(--muted); }
svg .area { fill: none; }
svg .grid { stroke: #e7ebef; }
svg .axis { stroke: #8c959f; }
svg .line { fill: none; stroke-width: 1.5; }
svg .line.local { stroke: var(--blue); stroke-opacity: .45; }
svg .line.accumulated { stroke: var(--orange); stroke-width: 2; }
svg .dot.local { fill: var(--blue); }
svg .dot.exact { fill: #fff; stroke: var(--blue); }
svg .dot.accumulated { fill: var(--orange); }
svg .ring { fill: none; stroke: var(--red); stroke-width: 2; }
svg .bar { fill: var(--blue); }
svg .representable { fill: #ddf4ff; stroke: #80ccff; }
svg .seen { fill: var(--blue); }
svg .zero { stroke: var(--ink); }
svg .band { fill: #ddf4ff; stroke: var(--blue); }
svg .limit { stroke: var(--red); stroke-dasharray: 5 4; }
svg .slot { stroke: #fff; stroke-width: .5; }
svg .s0 { fill: #54aeff; } svg .s1 { fill: #4ac26b; } svg .s2 { fill: #d4a72c; }
svg .s3 { fill: #c297ff; } svg .s4 { fill: #ff8182; } svg .s5 { fill: #6fbcbc; }
svg .scratch { fill: #afb8c1; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 12px;
  border-bottom: 2px solid var(--line); padding: 6px 8px; vertical-align: bottom;
  position: sticky; top: 0; background: #fff; }
td { border-bottom: 1px solid var(--line); padding: 5px 8px;
  vertical-align: middle; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
td.layer { min-width: 170px; max-width: 290px; overflow-wrap: break-word; }
td.layer span { display: block; color: var(--muted); font-size: 11px; }
td.bad { background: #ffebe9; } td.poor { background: #fff8c5; }
tr.worst td:first-child { box-shadow: inset 4px 0 0 var(--red); }
.kind { display: inline-block; border-radius: 10px; padding: 0 8px;
  font-size: 12px; background: #fff8c5; color: var(--amber);
  border: 1px solid #eac54f; white-space: nowrap; }
ol.worst li { margin-bottom: 8px; }
.group { margin: 14px 0; } .group ul { margin: 6px 0; }
details summary { cursor: pointer; color: var(--blue); margin-left: 24px; }
.small-multiples { display: flex; flex-wrap: wrap; gap: 14px 10px; }
code { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; }
footer { margin-top: 48px; color: var(--muted); font-size: 12px; }
@media print { th { position: static; } main { max-width: none; } }
)css";

/// dB below which a cell is coloured: 20 dB is an error of a tenth.
constexpr double badDecibels = 20, poorDecibels = 30;

/// A name that may be broken behind its slashes.
std::string breakable(llvm::StringRef name) {
  std::string result;
  while (!name.empty()) {
    const size_t end = name.find('/');
    const size_t taken = end == llvm::StringRef::npos ? name.size() : end + 1;
    result += escaped(name.take_front(taken));
    name = name.drop_front(taken);
    if (!name.empty())
      result += "<wbr>";
  }
  return result;
}

class Page {
public:
  explicit Page(const ReportData &data)
      : data(data), m(data.measurement),
        worst(worstLayers(data.measurement, summarySize)) {}

  std::string print() {
    head();
    tiles();
    summary();
    errors();
    regained();
    layers();
    warnings();
    convergence();
    arena();
    notes();
    html +=
        "<footer>Quench " QRT_VERSION "</footer>\n</main>\n</body>\n</html>\n";
    return std::move(html);
  }

private:
  void head() {
    const std::string name = escaped(data.model);
    html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
           "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
           "content=\"width=device-width\">\n<title>" +
           name + " &#8211; quantization report</title>\n<style>" + style +
           "</style>\n</head>\n<body>\n<main>\n<h1>" + name +
           "</h1>\n<p class=\"muted\">Quantization report: " +
           std::to_string(m.samples) +
           (m.samples == 1 ? " sample" : " samples") + " of " +
           escaped(data.data) + ", against " + escaped(data.reference) +
           ".</p>\n";
  }

  void tile(const std::string &value, const std::string &what) {
    html += "<div class=\"tile\"><b>" + escaped(value) + "</b><span>" +
            escaped(what) + "</span></div>\n";
  }

  void tiles() {
    html += "<div class=\"tiles\">\n";
    tile(decibelText(m.outputSqnr()) +
             (std::isfinite(m.outputSqnr()) ? " dB" : ""),
         m.outputs.size() > 1 ? "SQNR of the worst output"
                              : "SQNR of the output");
    for (const OutputMeasure &output : m.outputs)
      if (output.agreeing) {
        tile(formatv("{0} of {1}", *output.agreeing, m.samples),
             "samples with the same largest element");
        break;
      }
    tile(std::to_string(m.layers.size()), "layers, inputs included");
    tile(std::to_string(data.warnings.size()),
         data.warnings.size() == 1 ? "warning" : "warnings");
    if (data.memory) {
      tile(emit::grouped(data.memory->arenaBytes), "bytes of arena");
      tile(emit::grouped(data.memory->weightBytes), "bytes of weights");
    }
    html += "</div>\n";
  }

  void section(const char *title, const std::string &text) {
    html += std::string("<h2>") + title + "</h2>\n<p class=\"muted\">" + text +
            "</p>\n";
  }

  std::string layerName(size_t index) const {
    return "<code>" + escaped(m.layers[index].name) + "</code> (" +
           std::to_string(index) + ", " + escaped(m.layers[index].op) + ")";
  }

  void summary() {
    html += "<h2>Where to begin</h2>\n";
    if (worst.empty()) {
      html += "<p>No layer has an error.</p>\n";
      return;
    }
    html += "<ol class=\"worst\">\n";
    for (size_t index : worst) {
      const LayerMeasure &layer = m.layers[index];
      html += "<li><b>" + layerName(index) +
              "</b>: " + decibelText(layer.local.sqnr()) + " dB on its own";
      if (layer.aloneNoise)
        html += std::isinf(layer.regained)
                    ? std::string(", the only error of the outputs")
                    : formatv(", {0:F2} dB regained at the outputs if it "
                              "had no error of its own",
                              layer.regained)
                          .str();
      html +=
          ".<br>Most of it comes from " + escaped(causeOf(layer)) + ".</li>\n";
    }
    html += "</ol>\n";
  }

  void errors() {
    section("Error along the network",
            "Signal to quantization noise in dB: 20 dB is an error of a tenth "
            "of the signal, 40 dB of a hundredth. Hollow dots have no error "
            "of their own. Point at a dot for the layer&#8217;s name.");
    html += errorPlot(data, worst);
  }

  void regained() {
    if (!m.attributionSamples)
      return;
    section(
        "What each layer costs",
        formatv(
            "Each layer&#8217;s own error (its filter and its result rounded, "
            "its inputs exact) put into the float model, and what "
            "arrives at the outputs ({0} {1}). Added up it is {2:F2} "
            "times the error of the quantized model: 1 if errors were "
            "independent.",
            m.attributionSamples,
            m.attributionSamples == 1 ? "sample" : "samples", m.additivity));
    html += regainPlot(data, worstLayers(m, 15));
  }

  void number(const std::string &text, const char *kind = "") {
    html += "<td class=\"number";
    html += *kind ? std::string(" ") + kind : "";
    html += "\">" + escaped(text) + "</td>";
  }

  void decibelCell(const ErrorSums &error) {
    number(decibelText(error.sqnr()), error.sqnr() < badDecibels    ? "bad"
                                      : error.sqnr() < poorDecibels ? "poor"
                                                                    : "");
  }

  void layerRow(size_t index) {
    const LayerMeasure &layer = m.layers[index];
    html += llvm::is_contained(worst, index) ? "<tr class=\"worst\">" : "<tr>";
    number(std::to_string(index));
    html += "<td class=\"layer\">" + breakable(layer.name) + "<span>" +
            escaped(layer.op) + " " + interpret::shapeText(layer.shape) +
            "</span></td>";
    if (layer.isIndex) {
      html += "<td colspan=\"8\" class=\"muted\">indices</td></tr>\n";
      return;
    }
    decibelCell(layer.local);
    decibelCell(layer.accumulated);
    number(formatv("{0:F4}", layer.accumulated.cosine()));
    if (!layer.codes.count()) {
      html += "<td colspan=\"3\" class=\"muted\">computed in float</td>";
    } else {
      html += "<td>" + histogramPlot(layer) + "</td><td>" + rangePlot(layer) +
              "</td>";
      const double clipped = layer.codes.clippedShare();
      number(formatv("{0:F1} / {1:F2}", 100 * layer.codes.rangeUse(),
                     100 * clipped),
             clipped > 0.001                ? "bad"
             : layer.codes.rangeUse() < 0.5 ? "poor"
                                            : "");
    }
    number(layer.grid && !layer.channels.drift.empty()
               ? formatv("{0:F2}", layer.channels.mean(layer.channels.worst()) /
                                       layer.grid->scale)
                     .str()
               : "-");
    number(!layer.aloneNoise ? "-"
           : std::isinf(layer.regained)
               ? "all"
               : formatv("{0:F2}", layer.regained).str());
    html += "</tr>\n";
  }

  void layers() {
    section("Layers",
            "Heights of the histograms are square roots of counts. Ranges: "
            "pale what the grid can represent, dark what the float values "
            "span, a line at 0. Drift is the mean error of the worst channel "
            "in steps of the grid.");
    html += "<table>\n<thead><tr><th class=\"number\">#</th><th>layer</th>"
            "<th class=\"number\">alone, dB</th>"
            "<th class=\"number\">total, dB</th>"
            "<th class=\"number\">cosine</th><th>codes</th><th>range</th>"
            "<th class=\"number\">used / clipped, %</th>"
            "<th class=\"number\">drift, steps</th>"
            "<th class=\"number\">regain, dB</th></tr></thead>\n<tbody>\n";
    for (size_t i = 0; i < m.layers.size(); ++i)
      layerRow(i);
    html += "</tbody>\n</table>\n";
  }

  void warnings() {
    section("Warnings", data.warnings.empty()
                            ? "None."
                            : "What was found, and the way out of it.");
    if (data.warnings.empty())
      return;
    llvm::ArrayRef<Warning> left = data.warnings;
    while (!left.empty()) {
      llvm::ArrayRef<Warning> group = left.take_while(
          [&](const Warning &w) { return w.kind == left.front().kind; });
      left = left.drop_front(group.size());
      warningGroup(group);
    }
  }

  /// The most important layers of a kind; the others on demand.
  void warningGroup(llvm::ArrayRef<Warning> group) {
    constexpr size_t shown = 5;
    const WarningRow &kind = row(group.front().kind);
    html += std::string("<div class=\"group\"><span class=\"kind\">") +
            kind.name + "</span> " + std::to_string(group.size()) +
            (group.size() == 1 ? " time" : " times") +
            ". Way out: " + escaped(kind.advice) + ".\n";
    warningList(group.take_front(shown));
    if (group.size() > shown) {
      html += "<details><summary>" + std::to_string(group.size() - shown) +
              " more</summary>\n";
      warningList(group.drop_front(shown));
      html += "</details>\n";
    }
    html += "</div>\n";
  }

  void warningList(llvm::ArrayRef<Warning> group) {
    html += "<ul>\n";
    for (const Warning &warning : group)
      html += "<li>" + layerName(warning.layer) + ": " + escaped(warning.text) +
              "</li>\n";
    html += "</ul>\n";
  }

  void convergence() {
    // The layers whose range grew most since half of the samples.
    std::vector<std::pair<double, size_t>> growth;
    for (auto [i, layer] : llvm::enumerate(m.layers)) {
      llvm::ArrayRef<RangeTrack::Point> points = layer.range.points();
      if (!layer.grid || points.size() < 2)
        continue;
      const RangeTrack::Point &end = points.back();
      const RangeTrack::Point &half = *llvm::find_if(
          points, [&](const auto &p) { return 2 * p.samples >= end.samples; });
      const double width = double(end.max) - end.min;
      growth.push_back(
          {width > 0 ? (double(half.max) - half.min) / width : 1, i});
    }
    if (growth.empty())
      return;
    section("Ranges against samples",
            "The range of the float values after so many samples, dashed the "
            "ends of the grid. A range that still grows at the right has not "
            "seen enough data. The nine that grew most in the second half:");
    llvm::sort(growth);
    growth.resize(std::min<size_t>(growth.size(), 9));
    html += "<div class=\"small-multiples\">\n";
    for (auto [share, index] : growth)
      html += convergencePlot(m.layers[index]);
    html += "</div>\n";
  }

  void arena() {
    if (!data.memory)
      return;
    section("Memory of the compiled model",
            formatv("Arena of {0} bytes; no arena for this order of calls can "
                    "be smaller than the dashed {1}. Each rectangle is a "
                    "tensor, grey scratch; point at it for its name.",
                    emit::grouped(data.memory->arenaBytes),
                    emit::grouped(data.memory->lowerBound)));
    html += arenaPlot(*data.memory);
  }

  void notes() {
    std::string rows;
    for (auto [i, layer] : llvm::enumerate(m.layers))
      for (const std::string &note : layer.notes)
        rows += "<tr><td class=\"layer\">" + layerName(i) + "</td><td>" +
                escaped(note) + "</td></tr>\n";
    if (rows.empty())
      return;
    section("What the quantizer changed",
            "Notes of its passes and algorithms.");
    html += "<table>\n<thead><tr><th>layer</th><th>note</th></tr></thead>\n"
            "<tbody>\n" +
            rows + "</tbody>\n</table>\n";
  }

  const ReportData &data;
  const Measurement &m;
  const std::vector<size_t> worst;
  std::string html;
};

} // namespace

std::string quench::reportHtml(const ReportData &data) {
  return Page(data).print();
}
