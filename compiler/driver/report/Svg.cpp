// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SVG elements as text.

#include "compiler/driver/report/Svg.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace quench;

namespace {

/// A coordinate: a tenth of a pixel is enough.
std::string px(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.1f", value);
  return llvm::StringRef(text).ends_with(".0") ? text.substr(0, text.size() - 2)
                                               : text;
}

std::string attribute(llvm::StringRef name, llvm::StringRef value) {
  return (" " + name + "=\"" + value + "\"").str();
}

} // namespace

std::string quench::escaped(llvm::StringRef text) {
  const std::string valid =
      llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  std::string result;
  for (char c : valid) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result;
}

std::vector<double> Axis::ticks(int count) const {
  if (!(high > low))
    return {low};
  const double wanted = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  double step = 10 * power;
  for (double factor : {5.0, 2.0, 1.0})
    if (factor * power >= wanted)
      step = factor * power;
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step;
       ++i)
    ticks.push_back(i * step + 0.0); // no -0
  return ticks;
}

std::string quench::tickText(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

Svg::Svg(double width, double height, llvm::StringRef kind,
         llvm::StringRef label) {
  body = "<svg" + attribute("class", kind) +
         attribute("viewBox", "0 0 " + px(width) + " " + px(height)) +
         attribute("width", px(width)) + attribute("height", px(height)) +
         attribute("role", "img") + attribute("aria-label", escaped(label)) +
         ">";
}

void Svg::end(llvm::StringRef tag, llvm::StringRef title) {
  if (title.empty())
    body += "/>";
  else
    body += ("><title>" + escaped(title) + "</title></" + tag + ">").str();
}

void Svg::rect(double x, double y, double width, double height,
               llvm::StringRef kind, llvm::StringRef title) {
  body += "<rect" + attribute("class", kind) + attribute("x", px(x)) +
          attribute("y", px(y)) + attribute("width", px(width)) +
          attribute("height", px(height));
  end("rect", title);
}

void Svg::circle(double x, double y, double radius, llvm::StringRef kind,
                 llvm::StringRef title) {
  body += "<circle" + attribute("class", kind) + attribute("cx", px(x)) +
          attribute("cy", px(y)) + attribute("r", px(radius));
  end("circle", title);
}

void Svg::line(double x1, double y1, double x2, double y2,
               llvm::StringRef kind) {
  body += "<line" + attribute("class", kind) + attribute("x1", px(x1)) +
          attribute("y1", px(y1)) + attribute("x2", px(x2)) +
          attribute("y2", px(y2)) + "/>";
}

void Svg::path(llvm::ArrayRef<Point> points, llvm::StringRef kind,
               bool isClosed) {
  if (points.empty())
    return;
  std::string data;
  for (auto [x, y] : points)
    data += (data.empty() ? "M" : "L") + px(x) + " " + px(y);
  body += "<path" + attribute("class", kind) +
          attribute("d", data + (isClosed ? "Z" : "")) + "/>";
}

void Svg::text(double x, double y, Anchor anchor, llvm::StringRef kind,
               llvm::StringRef content) {
  static constexpr const char *anchors[] = {"start", "middle", "end"};
  body += "<text" + attribute("class", kind) + attribute("x", px(x)) +
          attribute("y", px(y)) +
          attribute("text-anchor", anchors[size_t(anchor)]) + ">" +
          escaped(content) + "</text>";
}

void Svg::rotatedText(double x, double y, llvm::StringRef kind,
                      llvm::StringRef content) {
  body += "<text" + attribute("class", kind) +
          attribute("transform",
                    "translate(" + px(x) + " " + px(y) + ") rotate(-90)") +
          attribute("text-anchor", "middle") + ">" + escaped(content) +
          "</text>";
}
