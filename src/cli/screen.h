#pragma once

#include <termios.h>

#include <chrono>
#include <string>
#include <vector>

namespace syncline::cli {

/// The size of a window in characters.
struct Extent {
  size_t columns = 80;
  size_t rows = 24;
  bool operator==(const Extent&) const = default;
};

/// The whole window of the terminal on stdout, for a view that is drawn again and again: the
/// alternate screen, no cursor, keys without echo. Given back by the destructor, while the program
/// is suspended (Ctrl-Z), and by the signals that end it. One at a time; one thread.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;

  /// As it is now: the window may have changed.
  Extent extent() const;

  /// Shows these lines from the top, in one write and without a blank moment; nothing when they
  /// stand there already. They must fit the extent.
  void draw(const std::vector<std::string>& lines);

  /// Waits so long at most; the key that was pressed, 0: none.
  char wait_key(std::chrono::milliseconds patience);

 private:
  bool has_keys_;
  Extent size_;
  std::string shown_;
};

}  // namespace syncline::cli
