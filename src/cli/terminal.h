#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace syncline::cli {

enum class Colour { kGreen, kRed, kDim, kBold };

/// The text in colour when stdout and stderr are terminals, TERM is not "dumb" and NO_COLOR is not
/// set; else as it is.
std::string paint(std::string_view text, Colour colour);

/// Whether stderr is a terminal, where lines may be drawn over.
bool is_live();

/// Whether stdout is a terminal whose whole window may be drawn (TERM is not "dumb").
bool has_screen();

/// Whether the locale's characters are UTF-8.
bool has_utf8();

/// Columns that the text takes: colours take none, East Asian characters two.
size_t columns_of(std::string_view text);

/// The text cut to so many columns, with a mark at the end when something is missing; control
/// characters (but colours) become '?'.
std::string fit(std::string_view text, size_t columns);

/// "[####    ]" of so many columns inside the brackets, for 0 <= part <= 1.
std::string bar_text(double part, int columns);

/// Erases the line that is being drawn, so that a log line can take its place (see set_before_log).
void clear_live_line();

/// One line that is drawn over on a terminal, at most ten times a second; elsewhere a plain line
/// every five seconds. On stderr. One thread at a time.
class LiveLine {
 public:
  explicit LiveLine(const Clock& clock) : clock_(clock) {}
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;

  void show(const std::string& text);

 private:
  const Clock& clock_;
  BootTime next_{};
  bool is_drawn_ = false;
};

/// A live line with a bar, a rate and the time left: "customers  [####    ]  45 %  123,456
/// documents  98,765/s  0:12 left".
class ProgressBar {
 public:
  ProgressBar(const Clock& clock, std::string unit);

  /// `about`: what `done` will be in the end, 0 when unknown.
  void show(std::string_view label, uint64_t done, uint64_t about);

 private:
  const Clock& clock_;
  const std::string unit_;
  std::string label_;  // of the piece of work that is under way
  BootTime begun_{};
  uint64_t done_at_begin_ = 0;
  LiveLine line_;
};

/// Rows under headings, columns as wide as they need; numbers should be given right_aligned. Ends
/// each line with '\n'.
std::string render_table(const std::vector<std::string>& headings,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<bool>& is_right_aligned);

/// "0:07", "12:30", "3:02:11".
std::string duration_text(double seconds);

}  // namespace syncline::cli
