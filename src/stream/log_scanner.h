#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "stream/key_reader.h"
#include "stream/rows_in_hand.h"
#include "stream/streamer.h"
#include "stream/work.h"

namespace syncline::stream {

/// The reading stage: polls the head of the change log and sweeps it from the bottom, reads what
/// rows lead to in numbered views, and widens wide rows. Rows are given ids before they are
/// committed, so a row may appear below the head: only sweeps find it. After an error make a new
/// one: the head is forgotten with it. One thread at a time.
class LogScanner {
 public:
  /// Passes work to the next stage; waits for room. False: stopped, the work was not taken.
  using Emit = std::function<bool(Work)>;

  LogScanner(const refresh::Parts& parts, RowsInHand& rows);

  /// Polls once, and deals with one page, and widens one step. True when there was something.
  Result<bool> step(const Emit& emit);

 private:
  /// A walk from the bottom up to the head.
  struct Sweep {
    std::optional<document::Revision> first;  ///< a view opened before anything was read
    document::LogId position;
    bool has_met_wide = false;
    std::chrono::nanoseconds cost{0};
  };
  /// A sweep that is over: its first view's number becomes the watermark when the head has come to
  /// the end of the log.
  struct Candidate {
    document::Revision first;
    bool has_met_wide = false;
  };
  struct Page {
    std::vector<ports::LogRow> rows;  ///< that this page deals with
    DirtyKeys keys;
    std::vector<ports::LogRow> wide;
    document::LogId last;
    bool is_last = false;  ///< nothing lies above it in its view
  };

  Result<void> begin_sweep();
  Result<bool> sweep_on(const Emit& emit);
  void end_sweep();
  Result<bool> follow_head(const Emit& emit);
  Result<bool> widen(const Emit& emit);
  void emit_watermark(const Emit& emit);

  Result<Page> take_page(document::LogId after, const Emit& emit);
  Result<Page> read_page(ports::View& view, document::LogId after);
  Result<void> resolve(ports::View& view, std::vector<ports::LogRow> rows, Page& page);
  void note_wide();

  const refresh::Parts parts_;
  RowsInHand& rows_;
  const std::unique_ptr<ports::Reader> reader_;
  const std::unique_ptr<ports::ChangeLog> log_;
  KeyReader key_reader_;

  document::LogId head_;
  std::deque<ports::LogRow> wide_;
  std::optional<Sweep> sweep_;
  std::optional<Candidate> candidate_;
  BootTime next_sweep_{};
  BootTime next_watermark_{};
};

}  // namespace syncline::stream
