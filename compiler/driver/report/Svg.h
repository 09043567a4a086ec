// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Drawings for an HTML page. Colours and fonts are classes of the page's style
// sheet; coordinates are pixels, y downwards.

#ifndef QUENCH_COMPILER_DRIVER_REPORT_SVG_H
#define QUENCH_COMPILER_DRIVER_REPORT_SVG_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <utility>
#include <vector>

namespace quench {

/// `text` for HTML and XML; control characters become spaces, bytes that are no
/// UTF-8 question marks.
std::string escaped(llvm::StringRef text);

/// A linear scale: values low to high lie at pixels from to to.
struct Axis {
  double low, high, from, to;

  double at(double value) const {
    return from + (value - low) / (high - low) * (to - from);
  }
  /// Round values (1, 2 or 5 times a power of ten apart) inside the axis, about
  /// `count` of them.
  std::vector<double> ticks(int count) const;
};

/// "12", "0.25", "1.5e-05": as short as `ticks` are apart.
std::string tickText(double value);

class Svg {
public:
  using Point = std::pair<double, double>;
  enum class Anchor { Start, Middle, End };

  /// `label` says what is drawn, for readers of the screen.
  Svg(double width, double height, llvm::StringRef kind, llvm::StringRef label);

  /// `title` is shown under the pointer.
  void rect(double x, double y, double width, double height,
            llvm::StringRef kind, llvm::StringRef title = "");
  void circle(double x, double y, double radius, llvm::StringRef kind,
              llvm::StringRef title = "");
  void line(double x1, double y1, double x2, double y2, llvm::StringRef kind);
  void path(llvm::ArrayRef<Point> points, llvm::StringRef kind,
            bool isClosed = false);
  void text(double x, double y, Anchor anchor, llvm::StringRef kind,
            llvm::StringRef content);
  /// Upwards, for the name of a vertical axis.
  void rotatedText(double x, double y, llvm::StringRef kind,
                   llvm::StringRef content);

  std::string str() const { return body + "</svg>\n"; }

private:
  void end(llvm::StringRef tag, llvm::StringRef title);

  std::string body;
};

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_REPORT_SVG_H
