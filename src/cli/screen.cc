#include "cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <thread>

#include "cli/terminal.h"

namespace syncline::cli {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::array kEndings{SIGABRT, SIGBUS, SIGFPE, SIGHUP, SIGQUIT, SIGSEGV};

// What the signal handlers need: they may call what is async-signal-safe only, and take no object.
termios keys_before;
termios keys_within;
bool has_keys_to_restore = false;
volatile sig_atomic_t was_suspended = 0;

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void enter() {
  if (has_keys_to_restore) tcsetattr(STDIN_FILENO, TCSANOW, &keys_within);
  write_all(kEnter);
}

void leave() {
  write_all(kLeave);
  if (has_keys_to_restore) tcsetattr(STDIN_FILENO, TCSANOW, &keys_before);
}

// The handler was reset when it was called, so raise() ends the process as without it.
void leave_and_end(int signal) {
  leave();
  raise(signal);
}

void leave_and_suspend(int) {
  leave();
  raise(SIGSTOP);
  enter();
  was_suspended = 1;
}

void handle_signals(bool is_on) {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = is_on ? leave_and_end : SIG_DFL;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : kEndings) sigaction(signal, &action, nullptr);
  action.sa_handler = is_on ? leave_and_suspend : SIG_DFL;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTSTP, &action, nullptr);
}

}  // namespace

Screen::Screen() : has_keys_(isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &keys_before) == 0) {
  if (has_keys_) {
    keys_within = keys_before;
    keys_within.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys_within.c_cc[VMIN] = 0;
    keys_within.c_cc[VTIME] = 0;
  }
  has_keys_to_restore = has_keys_;
  handle_signals(true);
  enter();
}

Screen::~Screen() {
  leave();
  has_keys_to_restore = false;
  handle_signals(false);
}

Extent Screen::extent() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

void Screen::draw(const std::vector<std::string>& lines) {
  const Extent size = extent();
  std::string frame = "\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) frame += "\r\n";
    frame += lines[i];
    // In the last column the cursor stands on the character that it would erase.
    if (columns_of(lines[i]) < size.columns) frame += "\x1b[K";
  }
  if (lines.size() < size.rows) frame += "\r\n\x1b[J";
  if (frame == shown_ && size == size_ && !was_suspended) return;
  was_suspended = 0;
  size_ = size;
  write_all(frame);
  shown_ = std::move(frame);
}

char Screen::wait_key(std::chrono::milliseconds patience) {
  if (!has_keys_) {
    std::this_thread::sleep_for(patience);
    return 0;
  }
  pollfd keys{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&keys, 1, static_cast<int>(patience.count())) <= 0) return 0;
  char key = 0;
  // A terminal that went away is readable for ever, and holds nothing.
  if (read(STDIN_FILENO, &key, 1) != 1) has_keys_ = false;
  return key;
}

}  // namespace syncline::cli
