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
td.layer { max-width: 250px; overflow-wrap: anywhere; }
td.layer span { display: block; color: var(--muted); font-size: 11px; }
td.bad { background: #ffebe9; } td.poor { background: #fff8c5; }
tr.worst td:first-child { box-shadow: inset 4px 0 0 var(--red); }
.kind { display: inline-block; border-radius: 10px; padding: 0 8px;
  font-size: 12px; background: #fff8c5; color: var(--amber);
  border: 1px solid #eac54f; white-space: nowrap; }
ol.worst li { margin-bottom: 8px; }
.small-multiples { display: flex; flex-wrap: wrap; gap: 14px 10px; }
code { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; }
footer { margin-top: 48px; color: var(--muted); font-size: 12px; }
@media print { th { position: static; } main { max-width: none; } }
)css";

/// dB below which a cell is coloured: 20 dB is an error of a tenth.
constexpr double badDecibels = 20, poorDecibels = 30;

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
                              "were float",
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
    section("What each layer costs",
            formatv("The error at the outputs with this layer alone "
                    "quantized, in the float model ({0} {1}). Errors of all "
                    "layers, added up, are {2:F2} times the error of the "
                    "quantized model: 1 if they were independent.",
                    m.attributionSamples,
                    m.attributionSamples == 1 ? "sample" : "samples",
                    m.additivity));
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
    html += "<td class=\"layer\">" + escaped(layer.name) + "<span>" +
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
    html += "<table class=\"warnings\">\n<thead><tr><th>kind</th><th>layer</th>"
            "<th>what</th><th>way out</th></tr></thead>\n<tbody>\n";
    // Grouped by kind; the advice once a group.
    std::vector<const Warning *> order;
    for (const Warning &warning : data.warnings)
      order.push_back(&warning);
    llvm::sort(order, [](const Warning *a, const Warning *b) {
      return std::tie(a->kind, a->layer, a->text) <
             std::tie(b->kind, b->layer, b->text);
    });
    for (size_t i = 0; i < order.size(); ++i) {
      const Warning &warning = *order[i];
      const bool isFirst = i == 0 || order[i - 1]->kind != warning.kind;
      html += "<tr><td>";
      html += std::string("<span class=\"kind\">") + row(warning.kind).name +
              "</span>";
      html += "</td><td class=\"layer\">" + layerName(warning.layer) +
              "</td><td>" + escaped(warning.text) +
              "</td><td class=\"muted\">" +
              (isFirst ? row(warning.kind).advice : "") + "</td></tr>\n";
    }
    html += "</tbody>\n</table>\n";
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
