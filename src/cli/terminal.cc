#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "base/log.h"
#include "base/text.h"

namespace syncline::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr double kRateAfterSeconds = 0.5;  // a rate of less time says nothing
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kPlainLines = std::chrono::seconds(5);

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

bool has_colour() {
  static const bool answer = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !is_dumb() &&
                             std::getenv("NO_COLOR") == nullptr;
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

// A character, or a colour's escape sequence, at the beginning of a text that is not empty.
struct Piece {
  std::string_view text;
  size_t columns = 1;
  bool is_colour = false;
};

struct CodeRange {
  char32_t first, last;
};
// Two columns wide, by Unicode's East Asian Width (W, F), in blocks.
constexpr CodeRange kWide[] = {
    {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
// Marks that stand on the character before them.
constexpr CodeRange kMarks[] = {{0x0300, 0x036F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};

bool is_in(std::span<const CodeRange> ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const CodeRange& r) { return r.first <= code && code <= r.last; });
}

Piece first_piece(std::string_view text) {
  if (text.starts_with("\x1b[")) {
    const size_t end = text.find_first_not_of("0123456789;", 2);
    if (end != std::string_view::npos && text[end] == 'm')
      return {text.substr(0, end + 1), 0, true};
  }
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x20 || lead == 0x7F) return {"?"};
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, length);
  if (length == 1 || !is_utf8(bytes)) return {lead < 0x80 ? bytes : "?"};
  char32_t code = lead & (0xFF >> (length + 1));
  for (const char c : bytes.substr(1)) code = code << 6 | (c & 0x3F);
  return {bytes, is_in(kMarks, code) ? 0u : is_in(kWide, code) ? 2u : 1u};
}

// What first_piece stands for, when it is "?": one byte.
size_t bytes_of(const Piece& piece, std::string_view text) {
  return text.starts_with(piece.text) ? piece.text.size() : 1;
}

}  // namespace

std::string paint(std::string_view text, Colour colour) {
  if (!has_colour()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

bool is_live() {
  static const bool answer = isatty(STDERR_FILENO) && !is_dumb();
  return answer;
}

bool has_screen() { return isatty(STDOUT_FILENO) && !is_dumb(); }

bool has_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == 0) continue;
    const std::string locale = lower(value);
    return locale.ends_with("utf-8") || locale.ends_with("utf8");
  }
  return false;
}

size_t columns_of(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    columns += piece.columns;
    text.remove_prefix(bytes_of(piece, text));
  }
  return columns;
}

std::string fit(std::string_view text, size_t columns) {
  const bool is_cut = columns_of(text) > columns;
  const size_t room = is_cut && columns > 0 ? columns - 1 : columns;
  std::string out;
  bool is_coloured = false;
  for (size_t used = 0; !text.empty();) {
    const Piece piece = first_piece(text);
    if (used + piece.columns > room) break;
    used += piece.columns;
    is_coloured |= piece.is_colour;
    out += piece.text;
    text.remove_prefix(bytes_of(piece, text));
  }
  if (is_cut && columns > 0) out += has_utf8() ? "\u2026" : "~";
  return is_cut && is_coloured ? out + "\x1b[0m" : out;
}

std::string bar_text(double part, int columns) {
  const int filled = static_cast<int>(std::clamp(part, 0.0, 1.0) * columns);
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(columns - filled, ' '));
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
    text += fmt::format(" {} {:3.0f} %", bar_text(part, kBarWidth), part * 100);
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
  for (const auto& heading : headings) widths.push_back(columns_of(heading));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));

  std::string out;
  const auto add_line = [&](const std::vector<std::string>& cells, bool is_heading) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - columns_of(cells[i]), ' ');
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
