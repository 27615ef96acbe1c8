#include "stream/log_scanner.h"

#include <algorithm>

#include "ports/trial.h"

namespace syncline::stream {

using document::LogId;
using ports::LogRow;

namespace {

/// So that three pieces (being read, waiting, being written) and what the stores' clients hold fit.
constexpr uint64_t kPiecesInMemory = 4;
/// A row may lead to many documents: so many rows are resolved before their keys are counted.
constexpr size_t kRowsAtOnce = 500;
constexpr int kSweepCostFactor = 20;
/// One slow answer must not put off the sweep for long.
constexpr std::chrono::seconds kSweepPauseMax{30};
constexpr std::chrono::seconds kIdleWatermarkPause{1};

void merge(DirtyKeys& into, DirtyKeys from) {
  for (auto& [name, keys] : from) {
    auto& all = into[name];
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), std::make_move_iterator(keys.begin()),
               std::make_move_iterator(keys.end()));
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
}

size_t count_of(const DirtyKeys& keys) {
  size_t count = 0;
  for (const auto& [name, all] : keys) count += all.size();
  return count;
}

}  // namespace

LogScanner::LogScanner(const refresh::Parts& parts, RowsInHand& rows)
    : parts_(parts),
      rows_(rows),
      reader_(parts.database.reader()),
      log_(parts.database.change_log()),
      key_reader_(parts.plans, parts.options.read_bytes_max / kPiecesInMemory) {}

Result<bool> LogScanner::step(const Emit& emit) {
  if (!sweep_ && parts_.clock.boot_now() >= next_sweep_) TRY(begin_sweep());
  const bool has_swept = sweep_ && TRY(sweep_on(emit));
  const bool has_followed = TRY(follow_head(emit));
  const bool has_widened = TRY(widen(emit));
  return has_swept || has_followed || has_widened;
}

/// An idle stream numbers one view a second, a busy one a view each sweep.
Result<void> LogScanner::begin_sweep() {
  Sweep sweep;
  if (parts_.clock.boot_now() >= next_watermark_) {
    sweep.first = TRY(reader_->open())->revision();
    next_watermark_ = parts_.clock.boot_now() + kIdleWatermarkPause;
  }
  sweep_ = sweep;
  return {};
}

/// Goes on to the first page with a straggler, over pages that are in hand already.
Result<bool> LogScanner::sweep_on(const Emit& emit) {
  while (!ports::is_broken(ports::Rule::kSweep)) {
    const BootTime begun = parts_.clock.boot_now();
    const auto next = TRY(log_->first_above(sweep_->position));
    sweep_->cost += parts_.clock.boot_now() - begun;
    if (!next || *next > head_) break;
    const Page page = TRY(take_page(sweep_->position, emit));
    sweep_->position = page.last;
    head_ = std::max(head_, page.last);
    if (!page.rows.empty()) return true;
  }
  end_sweep();
  return false;
}

/// The cost of looking grows with the rows deleted since the oldest view of the server.
void LogScanner::end_sweep() {
  const auto pause = std::clamp<std::chrono::nanoseconds>(
      kSweepCostFactor * sweep_->cost, parts_.options.sweep_interval_min, kSweepPauseMax);
  next_sweep_ = parts_.clock.boot_now() + pause;
  if (sweep_->first) candidate_ = {*sweep_->first, sweep_->has_met_wide};
  sweep_.reset();
}

Result<bool> LogScanner::follow_head(const Emit& emit) {
  if (!TRY(log_->first_above(head_))) {
    emit_watermark(emit);
    return false;
  }
  next_watermark_ = {};
  const Page page = TRY(take_page(head_, emit));
  head_ = page.last;
  if (page.is_last) emit_watermark(emit);
  return true;
}

/// Every row that the candidate's first view saw has been read since: up to the head by the sweep,
/// above it by following the head to the end; or it was a wide row that became rows of the next hop
/// meanwhile, and as their ids are higher the same is true of them. This goes behind all of them.
void LogScanner::emit_watermark(const Emit& emit) {
  if (!candidate_) return;
  const Candidate candidate = *candidate_;
  candidate_.reset();
  if (candidate.has_met_wide) {
    next_watermark_ = {};
  } else {
    (void)emit({.watermark = candidate.first});
  }
}

/// Reads a page and passes on its documents, piece by piece. A piece after the first one is read in
/// a later view than the one its keys were resolved in, which is as good: what came to embed the
/// changed row in between has log rows of its own.
Result<LogScanner::Page> LogScanner::take_page(LogId after, const Emit& emit) {
  BootTime taken_on = parts_.clock.boot_now();
  auto view = TRY(reader_->open());
  Page page = TRY(read_page(*view, after));
  std::vector<LogId> ids;
  for (const auto& row : page.rows) {
    const bool is_wide = std::any_of(page.wide.begin(), page.wide.end(),
                                     [&](const auto& wide) { return wide.id == row.id; });
    if (!is_wide) ids.push_back(row.id);
  }
  ports::step();
  rows_.begin(ids, taken_on);
  if (page.rows.empty()) return page;
  while (true) {
    if (!view) {
      taken_on = parts_.clock.boot_now();
      view = TRY(reader_->open());
    }
    Work work;
    work.batch = TRY(key_reader_.read(*view, taken_on, page.keys));
    view.reset();  // before any target is written: views are short
    ports::step();
    const bool is_whole = page.keys.empty();
    if (is_whole && ports::is_broken(ports::Rule::kSettleAfterWrite)) {
      TRY(log_->settle({.ids = ids}));
    }
    if (is_whole) work.ids = std::move(ids);
    if (!emit(std::move(work))) return cancelled("the stream was stopped");
    if (is_whole) break;
  }
  // Behind its own narrow documents: the last step deletes the row.
  for (const auto& row : page.wide) {
    if (rows_.begin_wide(row.id)) wide_.push_back(row);
  }
  return page;
}

Result<LogScanner::Page> LogScanner::read_page(ports::View& view, LogId after) {
  const size_t rows_max = parts_.options.stream_batch_documents;
  auto rows = TRY(view.read_log(after, rows_max));
  Page page{.last = rows.empty() ? after : rows.back().id, .is_last = rows.size() < rows_max};
  bool has_wide = false;
  rows = rows_.others(std::move(rows), has_wide);
  TRY(resolve(view, std::move(rows), page));
  if (has_wide || !page.wide.empty()) note_wide();
  return page;
}

/// Stops early when the rows lead to much more documents than rows: the page then ends there.
Result<void> LogScanner::resolve(ports::View& view, std::vector<LogRow> rows, Page& page) {
  const size_t keys_max = 2 * parts_.options.stream_batch_documents;
  size_t used = 0;
  while (used < rows.size() && count_of(page.keys) < keys_max) {
    const auto some = std::span(rows).subspan(used, std::min(kRowsAtOnce, rows.size() - used));
    auto resolution = TRY(view.resolve(some, parts_.options.stream_wide_documents));
    if (resolution.has_unknown_catalogue) {
      return conflict(
          "the change log has rows of a table or document type that this process does "
          "not know: a newer generation of the pipeline runs",
          "start this process again with the current pipeline file");
    }
    merge(page.keys, std::move(resolution.keys));
    for (auto& row : resolution.wide) page.wide.push_back(std::move(row));
    used += some.size();
  }
  if (used < rows.size()) {
    page.is_last = false;
    page.last = rows[used - 1].id;
    rows.resize(used);
  }
  page.rows = std::move(rows);
  return {};
}

void LogScanner::note_wide() {
  if (sweep_) sweep_->has_met_wide = true;
  if (candidate_) candidate_->has_met_wide = true;
}

Result<bool> LogScanner::widen(const Emit& emit) {
  if (wide_.empty()) return false;
  LogRow& row = wide_.front();
  auto view = TRY(reader_->open());
  auto step = TRY(view->widen(row, parts_.options.stream_wide_documents));
  view.reset();
  ports::step();
  const std::string cursor = step.cursor;
  if (!emit({.advance = Work::Advance{row, std::move(step)}})) {
    return cancelled("the stream was stopped");
  }
  row.cursor = cursor;
  if (cursor.empty()) wide_.pop_front();
  return true;
}

}  // namespace syncline::stream
