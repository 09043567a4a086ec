// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plots: an area, its axes, and the data.

#include "compiler/driver/report/Plots.h"

#include "codegen/emit/Print.h"
#include "compiler/driver/report/Svg.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace quench;
using namespace quench::quantize;
using llvm::formatv;
using Anchor = Svg::Anchor;

namespace {

constexpr double pageWidth = 1080;

/// The plotting area inside a drawing, and its two axes.
struct Area {
  Axis x, y; // y.from is the lower edge

  double left() const { return x.from; }
  double right() const { return x.to; }
  double bottom() const { return y.from; }
  double top() const { return y.to; }
};

void drawFrame(Svg &svg, const Area &area, llvm::StringRef xName,
               llvm::StringRef yName, int xTicks, int yTicks) {
  svg.rect(area.left(), area.top(), area.right() - area.left(),
           area.bottom() - area.top(), "area");
  for (double tick : area.y.ticks(yTicks)) {
    const double y = area.y.at(tick);
    svg.line(area.left(), y, area.right(), y, "grid");
    svg.text(area.left() - 6, y + 4, Anchor::End, "tick", tickText(tick));
  }
  for (double tick : area.x.ticks(xTicks)) {
    const double x = area.x.at(tick);
    svg.line(x, area.bottom(), x, area.bottom() + 4, "axis");
    svg.text(x, area.bottom() + 17, Anchor::Middle, "tick", tickText(tick));
  }
  svg.line(area.left(), area.bottom(), area.right(), area.bottom(), "axis");
  if (!xName.empty())
    svg.text((area.left() + area.right()) / 2, area.bottom() + 34,
             Anchor::Middle, "name", xName);
  if (!yName.empty())
    svg.rotatedText(area.left() - 48, (area.top() + area.bottom()) / 2, "name",
                    yName);
}

std::string layerTitle(const LayerMeasure &layer, size_t index) {
  return formatv("{0} {1} ({2})\non its own {3} dB, accumulated {4} dB", index,
                 layer.name, layer.op, decibelText(layer.local.sqnr()),
                 decibelText(layer.accumulated.sqnr()));
}

/// Long names keep their end, which tells layers apart.
std::string shortened(const std::string &name, size_t length) {
  return name.size() <= length
             ? name
             : "..." + name.substr(name.size() - (length - 3));
}

} // namespace

std::string quench::errorPlot(const ReportData &data,
                              llvm::ArrayRef<size_t> worst) {
  const std::vector<LayerMeasure> &layers = data.measurement.layers;
  double low = 20, high = 40;
  for (const LayerMeasure &layer : layers)
    for (double value : {layer.local.sqnr(), layer.accumulated.sqnr()})
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  const Area area{
      {-0.5, double(layers.size()) - 0.5, 64, pageWidth - 12},
      {std::max(-20.0, std::floor(low / 10) * 10),
       std::min(100.0, std::ceil((high + 1) / 10) * 10), 300, 34}
  };
  Svg svg(pageWidth, 344, "plot", "SQNR along the network");
  drawFrame(svg, area, "layer, in order of execution", "SQNR, dB", 20, 6);

  // Layers without any error are at the upper edge.
  auto yOf = [&](double value) {
    return area.y.at(std::min(std::max(value, area.y.low), area.y.high));
  };
  std::vector<Svg::Point> local, accumulated;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (layer.isIndex)
      continue;
    local.push_back({area.x.at(double(i)), yOf(layer.local.sqnr())});
    accumulated.push_back(
        {area.x.at(double(i)), yOf(layer.accumulated.sqnr())});
  }
  const double radius = layers.size() > 100 ? 2.5 : 4;
  svg.path(local, "line local");
  svg.path(accumulated, "line accumulated");
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (layer.isIndex)
      continue;
    const double x = area.x.at(double(i));
    const std::string title = layerTitle(layer, i);
    if (llvm::is_contained(worst, i))
      svg.circle(x, yOf(layer.local.sqnr()), 8, "ring");
    svg.circle(x, yOf(layer.accumulated.sqnr()), 0.75 * radius,
               "dot accumulated", title);
    svg.circle(x, yOf(layer.local.sqnr()), radius,
               std::isinf(layer.local.sqnr()) ? "dot local exact" : "dot local",
               title);
  }
  // Legend.
  double at = area.left();
  auto entry = [&](llvm::StringRef kind, llvm::StringRef text) {
    if (kind == "ring")
      svg.circle(at + 12, 16, 7, kind);
    else
      svg.line(at, 16, at + 24, 16,
               (kind == "exact" ? "line local" : "line " + kind).str());
    svg.text(at + 32, 20, Anchor::Start, "legend", text);
    at += 56 + 6.6 * double(text.size());
  };
  entry("local", "this layer alone (float inputs)");
  entry("accumulated", "accumulated (all layers so far)");
  entry("ring", "hurts the outputs most");
  return svg.str();
}

std::string quench::regainPlot(const ReportData &data,
                               llvm::ArrayRef<size_t> layers) {
  const double rowHeight = 22;
  double high = 0.1;
  for (size_t index : layers)
    if (double value = data.measurement.layers[index].regained;
        std::isfinite(value))
      high = std::max(high, value);
  const Axis x{0, high * 1.05, 330, pageWidth - 70};
  const double bottom = 8 + rowHeight * double(layers.size());
  Svg svg(pageWidth, bottom + 42, "plot", "regained without a layer");
  for (double tick : x.ticks(8)) {
    svg.line(x.at(tick), 4, x.at(tick), bottom, "grid");
    svg.text(x.at(tick), bottom + 16, Anchor::Middle, "tick", tickText(tick));
  }
  svg.text((x.from + x.to) / 2, bottom + 34, Anchor::Middle, "name",
           "dB regained at the outputs without this layer's own error");
  for (auto [i, index] : llvm::enumerate(layers)) {
    const LayerMeasure &layer = data.measurement.layers[index];
    const double y = 8 + rowHeight * double(i);
    const std::string name = shortened(layer.name, 40);
    svg.text(x.from - 8, y + 14, Anchor::End, "label",
             formatv("{0}  #{1}", name, index).str());
    const double end = x.at(std::min(layer.regained, x.high));
    svg.rect(x.from, y + 3, std::max(1.0, end - x.from), rowHeight - 7, "bar",
             layerTitle(layer, index));
    svg.text(end + 6, y + 14, Anchor::Start, "tick",
             std::isinf(layer.regained)
                 ? "all"
                 : formatv("{0:F2}", layer.regained).str());
  }
  svg.line(x.from, 4, x.from, bottom, "axis");
  return svg.str();
}

std::string quench::histogramPlot(const LayerMeasure &layer) {
  const double width = 192, height = 40;
  Svg svg(width, height, "histogram", "codes of " + layer.name);
  llvm::ArrayRef<int64_t> bars = layer.codes.bars();
  int64_t highest = 1;
  for (int64_t count : bars)
    highest = std::max(highest, count);
  svg.line(0, height - 0.5, width, height - 0.5, "axis");
  const double step = width / double(std::max<size_t>(bars.size(), 1));
  for (auto [i, count] : llvm::enumerate(bars)) {
    if (!count)
      continue;
    const double part = std::sqrt(double(count) / double(highest));
    const double h = std::max(1.0, part * (height - 3));
    const int64_t first =
        layer.grid->min + int64_t(i) * layer.codes.codesPerBar();
    svg.rect(double(i) * step, height - 1 - h, step - 0.4, h, "bar",
             formatv("codes {0} to {1}: {2}", first,
                     first + layer.codes.codesPerBar() - 1,
                     emit::grouped(count))
                 .str());
  }
  return svg.str();
}

std::string quench::rangePlot(const LayerMeasure &layer) {
  const double width = 150, height = 40;
  Svg svg(width, height, "range", "range of " + layer.name);
  const RangeTrack::Point &seen = layer.range.points().back();
  const double low = std::min<double>(layer.grid->low(), seen.min);
  const double high = std::max<double>(layer.grid->high(), seen.max);
  const Axis x{low, high > low ? high : low + 1, 2, width - 2};
  svg.rect(x.at(layer.grid->low()), 6,
           x.at(layer.grid->high()) - x.at(layer.grid->low()), 12,
           "representable",
           "the grid: " + tickText(layer.grid->low()) + " to " +
               tickText(layer.grid->high()));
  svg.rect(x.at(seen.min), 9, std::max(1.0, x.at(seen.max) - x.at(seen.min)), 6,
           "seen",
           "float values: " + tickText(seen.min) + " to " + tickText(seen.max));
  svg.line(x.at(0), 3, x.at(0), 21, "zero");
  svg.text(0, 34, Anchor::Start, "small", tickText(low));
  svg.text(width, 34, Anchor::End, "small", tickText(high));
  return svg.str();
}

std::string quench::convergencePlot(const LayerMeasure &layer) {
  llvm::ArrayRef<RangeTrack::Point> points = layer.range.points();
  double low = std::min<double>(points.back().min, layer.grid->low());
  double high = std::max<double>(points.back().max, layer.grid->high());
  const double margin = high > low ? 0.06 * (high - low) : 1;
  const Area area{
      {double(points.front().samples), double(points.back().samples), 50,  338},
      {low - margin,                   high + margin,                 118, 26 }
  };
  Svg svg(346, 152, "plot convergence", "range of " + layer.name);
  svg.text(area.left(), 16, Anchor::Start, "label", shortened(layer.name, 44));
  drawFrame(svg, area, "samples", "", 5, 3);
  // A range holds until it grows.
  std::vector<Svg::Point> outline, lower;
  double before = 0;
  for (auto [i, point] : llvm::enumerate(points)) {
    const double x = area.x.at(double(point.samples));
    if (i) {
      outline.push_back({x, outline.back().second});
      lower.push_back({x, before});
    }
    outline.push_back({x, area.y.at(point.max)});
    before = area.y.at(point.min);
    lower.push_back({x, before});
  }
  outline.insert(outline.end(), lower.rbegin(), lower.rend());
  svg.path(outline, "band", /*isClosed=*/true);
  for (double end : {layer.grid->low(), layer.grid->high()})
    svg.line(area.left(), area.y.at(end), area.right(), area.y.at(end),
             "limit");
  return svg.str();
}

std::string quench::arenaPlot(const MemoryFacts &memory) {
  struct Unit {
    double bytes;
    const char *name;
  };
  constexpr Unit units[] = {
      {1048576, "MiB"  },
      {1024,    "KiB"  },
      {1,       "bytes"}
  };
  const double end = double(std::max<int64_t>(memory.arenaBytes, 1));
  const Unit &unit = *llvm::find_if(
      units, [&](const Unit &u) { return end >= 4 * u.bytes || u.bytes == 1; });
  const Area area{
      {0, double(std::max<int64_t>(memory.steps, 1)), 64, pageWidth - 12},
      {0, end / unit.bytes, 360, 12}
  };
  Svg svg(pageWidth, 404, "plot arena", "tensors in the arena");
  drawFrame(svg, area, "step of the program",
            (llvm::Twine("offset, ") + unit.name).str(), 20, 6);
  size_t colour = 0;
  for (const ArenaSlot &slot : memory.slots) {
    const bool isScratch = slot.name == "scratch";
    const double x = area.x.at(double(slot.first));
    const double y = area.y.at(double(slot.offset + slot.bytes) / unit.bytes);
    const double width = area.x.at(double(slot.last + 1)) - x;
    const double height = area.y.at(double(slot.offset) / unit.bytes) - y;
    svg.rect(x + 0.5, y, std::max(1.0, width - 1), std::max(0.6, height),
             isScratch ? "slot scratch"
                       : formatv("slot s{0}", colour++ % 6).str(),
             formatv("{0}\n{1} bytes at {2}, steps {3} to {4}", slot.name,
                     emit::grouped(slot.bytes), emit::grouped(slot.offset),
                     slot.first, slot.last)
                 .str());
    const auto fits = size_t(std::max(0.0, (width - 8) / 6));
    if (!isScratch && height >= 16 && fits >= 8)
      svg.text(x + width / 2, y + height / 2 + 4, Anchor::Middle, "inside",
               shortened(slot.name, fits));
  }
  const double y = area.y.at(double(memory.lowerBound) / unit.bytes);
  svg.line(area.left(), y, area.right(), y, "limit");
  return svg.str();
}
