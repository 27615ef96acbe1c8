#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "base/text.h"

namespace syncline::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr double kRateAfterSeconds = 0.5;  // a rate of less time says nothing
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kPlainLines = std::chrono::seconds(5);

bool has_colour() {
  static const bool answer =
      isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && std::getenv("NO_COLOR") == nullptr;
  return answer;
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "32";
    case Colour::kRed:
      return "31";
    case Colour::kDim:
      return "2";
    case Colour::kBold:
      return "1";
  }
  return "0";
}

// Columns on screen: UTF-8 continuation bytes take none. Good enough for names of tables.
size_t width_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

}  // namespace

std::string paint(std::string_view text, Colour colour) {
  if (!has_colour()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

bool is_live() {
  static const bool answer = isatty(STDERR_FILENO);
  return answer;
}

void clear_live_line() {
  if (is_live()) std::fputs("\r\x1b[K", stderr);
}

LiveLine::~LiveLine() {
  if (is_drawn_) clear_live_line();
}

void LiveLine::show(const std::string& text) {
  const BootTime now = clock_.boot_now();
  if (now < next_) return;
  next_ = now + (is_live() ? BootTime::duration(kRedraw) : BootTime::duration(kPlainLines));
  if (is_live()) {
    std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
    std::fflush(stderr);
    is_drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
}

ProgressBar::ProgressBar(const Clock& clock, std::string unit)
    : clock_(clock), unit_(std::move(unit)), line_(clock) {}

void ProgressBar::show(std::string_view label, uint64_t done, uint64_t about) {
  if (label != label_ || done < done_at_begin_) {
    label_ = label;
    begun_ = clock_.boot_now();
    done_at_begin_ = done;
  }
  std::string text = fmt::format("{:<16}", label);
  if (about > 0) {
    const double part = std::min(1.0, static_cast<double>(done) / about);
    const int filled = static_cast<int>(part * kBarWidth);
    text += fmt::format(" [{}{}] {:3.0f} %", std::string(filled, '#'),
                        std::string(kBarWidth - filled, ' '), part * 100);
  }
  text += fmt::format("  {} {}", with_commas(done), unit_);
  const double elapsed = seconds(clock_.boot_now() - begun_);
  if (elapsed >= kRateAfterSeconds && done > done_at_begin_) {
    const double rate = (done - done_at_begin_) / elapsed;
    text += fmt::format("  {}/s", with_commas(static_cast<uint64_t>(rate)));
    if (about > done) text += fmt::format("  {} left", duration_text((about - done) / rate));
  }
  line_.show(text);
}

std::string render_table(const std::vector<std::string>& headings,
                         const std::vector<std::vector<std::string>>& rows,
                         const std::vector<bool>& is_right_aligned) {
  std::vector<size_t> widths;
  for (const auto& heading : headings) widths.push_back(width_of(heading));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));

  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells, bool is_heading) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - width_of(cells[i]), ' ');
      if (i > 0) line += "  ";
      line += is_right_aligned[i] ? blanks + cells[i] : cells[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += (is_heading ? paint(line, Colour::kBold) : line) + "\n";
  };
  add_line(headings, true);
  for (const auto& row : rows) add_line(row, false);
  return out;
}

std::string duration_text(double duration) {
  const auto whole = static_cast<uint64_t>(duration + 0.5);
  const uint64_t hours = whole / 3600;
  const uint64_t minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace syncline::cli
