#include "mysql/state.h"

#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_tables.h"
#include "mysql/owed_sql.h"
#include "mysql/write_count_sql.h"

namespace syncline::mysql {

using document::DocumentKey;
using document::DocumentName;
using document::Revision;
using document::TargetName;
using ports::Chunk;
using ports::LedgerEntry;
using ports::Load;
using ports::LoadPhase;
using ports::OwedRow;

namespace {

using Text = std::optional<std::string>;

constexpr unsigned kDuplicateKey = 1062;

uint64_t number(const Text& text) { return std::strtoull(text.value_or("0").c_str(), nullptr, 10); }

std::string key_or_null(const std::optional<DocumentKey>& key) {
  return key ? quote_text(key->value) : "NULL";
}

std::optional<DocumentKey> key_of(const Text& text) {
  return text ? std::optional(DocumentKey(*text)) : std::nullopt;
}

constexpr std::string_view kPhases[] = {"none", "loading", "cleaning", "loaded"};

std::string_view to_text(LoadPhase phase) { return kPhases[static_cast<size_t>(phase)]; }

LoadPhase phase_of(std::string_view text) {
  for (const LoadPhase phase : {LoadPhase::kLoading, LoadPhase::kCleaning, LoadPhase::kLoaded}) {
    if (to_text(phase) == text) return phase;
  }
  return LoadPhase::kNone;
}

std::string whose(const DocumentName& document, const TargetName& target) {
  return fmt::format("document = {} AND target = {}", quote_text(document.value),
                     quote_text(target.value));
}

std::string put_load(const std::string& table, const Load& load, const std::string& first) {
  const std::string_view phase = to_text(load.phase);
  const int is_due = load.is_second_walk_due;
  return fmt::format(
      "INSERT INTO {0} (document, target, phase, first, second_walk) VALUES ({1}, {2}, '{3}', {4}, "
      "{5}) ON DUPLICATE KEY UPDATE phase = '{3}', first = {4}, second_walk = {5}",
      table, quote_text(load.document.value), quote_text(load.target.value), phase, first, is_due);
}

}  // namespace

MysqlState::MysqlState(std::shared_ptr<const SessionContext> context)
    : name_(context->name), session_(std::move(context)) {}

std::string MysqlState::own(std::string_view table) const { return own_table(name_, table); }

Result<std::vector<Load>> MysqlState::loads() {
  std::vector<Load> loads;
  for (const auto& row : TRY(session_.rows(
           "SELECT document, target, phase, first, second_walk FROM " + own("loads")))) {
    loads.push_back({DocumentName(*row[0]), TargetName(*row[1]), phase_of(*row[2]),
                     Revision(number(row[3])), row[4] == "1"});
  }
  return loads;
}

// The clock row stays locked until the load is known; in one packet, so that no process that
// freezes keeps it so.
Result<Revision> MysqlState::begin_load(const DocumentName& document, const TargetName& target,
                                        Revision first) {
  const Load load{document, target, LoadPhase::kLoading};
  TRY(session_.transact(
      {fmt::format("UPDATE {} SET rev = GREATEST(rev, {}) WHERE id = 1", own("clock"), first.value),
       "DELETE FROM " + own("chunks") + " WHERE " + whose(document, target),
       put_load(own("loads"), load, "(SELECT rev FROM " + own("clock") + " WHERE id = 1)")}));
  const auto rows =
      TRY(session_.rows("SELECT first FROM " + own("loads") + " WHERE " + whose(document, target)));
  if (rows.empty()) return transient("the load of " + document.value + " was forgotten meanwhile");
  return Revision(number(rows[0][0]));
}

Result<void> MysqlState::set_load_phase(const Load& load) {
  if (load.phase == LoadPhase::kNone) {
    TRY(session_.execute(put_load(own("loads"), load, std::to_string(load.first.value))));
    return {};
  }
  TRY(session_.execute(fmt::format(
      "INSERT INTO {0} (document, target, phase, first, second_walk) VALUES ({1}, {2}, '{3}', {4}, "
      "{5}) ON DUPLICATE KEY UPDATE phase = IF(first = {4}, '{3}', phase), second_walk = IF(first "
      "= {4}, {5}, second_walk)",
      own("loads"), quote_text(load.document.value), quote_text(load.target.value),
      to_text(load.phase), load.first.value, static_cast<int>(load.is_second_walk_due))));
  const auto rows = TRY(session_.rows("SELECT first FROM " + own("loads") + " WHERE " +
                                      whose(load.document, load.target)));
  if (!rows.empty() && number(rows[0][0]) == load.first.value) return {};
  return transient(fmt::format("the load of {} into {} was begun anew by another process",
                               load.document.value, load.target.value));
}

Result<std::vector<Chunk>> MysqlState::chunks(const DocumentName& document,
                                              const TargetName& target) {
  std::vector<Chunk> chunks;
  for (const auto& row :
       TRY(session_.rows("SELECT number, after_key, last_key, is_done FROM " + own("chunks") +
                         " WHERE " + whose(document, target) + " ORDER BY number"))) {
    chunks.push_back({number(row[0]), {key_of(row[1]), key_of(row[2])}, row[3] == "1"});
  }
  return chunks;
}

Result<void> MysqlState::claim_chunk(std::span<const Load> loads, const Chunk& chunk) {
  if (loads.empty()) return {};
  std::vector<std::string> begun;
  for (const Load& load : loads) {
    begun.push_back("(" + whose(load.document, load.target) +
                    " AND first = " + std::to_string(load.first.value) + ")");
  }
  const auto done = session_.execute(fmt::format(
      "INSERT INTO {} (document, target, number, after_key, last_key) SELECT document, target, {}, "
      "{}, {} FROM {} WHERE {}",
      own("chunks"), chunk.number, key_or_null(chunk.range.after), key_or_null(chunk.range.last),
      own("loads"), join(begun, " OR ")));
  if (!done.ok() && session_.last_code() != kDuplicateKey) return done.error();
  if (done.ok() && done->affected_rows == loads.size()) return {};
  return transient(
      fmt::format("chunk {} of {} was claimed, or its load begun anew, by another "
                  "process",
                  chunk.number, loads[0].document.value));
}

// The counts reach the ledger exactly once: only the statement that finishes the chunk adds them.
Result<void> MysqlState::finish_chunk(const Load& load, uint64_t chunk, uint64_t ledger_id,
                                      const LedgerEntry& counts, uint64_t writes) {
  const std::string json =
      fmt::format(R"({{"read":{},"written":{},"refused_older":{},"removed":{},"owed":{}}})",
                  counts.read, counts.written, counts.refused_older, counts.removed, counts.owed);
  std::vector<std::string> statements{fmt::format(
      "UPDATE {} c JOIN {} b ON b.document = c.document AND b.target = c.target AND b.first = {} "
      "LEFT JOIN {} l ON l.id = {} SET c.is_done = 1, c.counts = '{}', c.ledger_id = "
      "{}, l.rows_read = l.rows_read + {}, l.rows_written = l.rows_written + {}, l.refused_older = "
      "l.refused_older + {}, l.removed = l.removed + {}, l.owed = l.owed + {}, l.updated = NOW(6) "
      "WHERE c.document = {} AND c.target = {} AND c.number = {} AND c.is_done = 0",
      own("chunks"), own("loads"), load.first.value, own("ledger"), ledger_id, json, ledger_id,
      counts.read, counts.written, counts.refused_older, counts.removed, counts.owed,
      quote_text(load.document.value), quote_text(load.target.value), chunk)};
  const ports::WriteCount raised{load.target, load.document, writes};
  if (writes > 0) statements.push_back(note_writes_statement(own("write_counters"), {&raised, 1}));
  return session_.transact(statements);
}

Result<std::vector<ports::WriteCount>> MysqlState::write_counts() {
  std::vector<ports::WriteCount> counts;
  for (const auto& row :
       TRY(session_.rows("SELECT target, document, noted FROM " + own("write_counters")))) {
    counts.push_back({TargetName(*row[0]), DocumentName(*row[1]), number(row[2])});
  }
  return counts;
}

Result<bool> MysqlState::note_loss(const TargetName& target,
                                   std::span<const ports::WriteCount> counts,
                                   const std::string& detail) {
  TRY(session_.execute("START TRANSACTION"));
  // No row is changed where the counters stand there already.
  const Done raised = TRY(session_.execute(note_writes_statement(own("write_counters"), counts)));
  const bool is_first = raised.affected_rows > 0;
  if (is_first) {
    TRY(session_.execute(
        fmt::format("UPDATE {} SET phase = 'none', first = 0, second_walk = 0 WHERE target = {}",
                    own("loads"), quote_text(target.value))));
    TRY(put("lost:" + target.value, detail));
  }
  TRY(session_.execute("COMMIT"));
  return is_first;
}

Result<void> MysqlState::forget_writes(const DocumentName& document, const TargetName& target) {
  TRY(session_.execute("DELETE FROM " + own("write_counters") + " WHERE " +
                       whose(document, target)));
  return {};
}

Result<uint64_t> MysqlState::open_ledger(const LedgerEntry& entry) {
  const Done done = TRY(session_.execute(fmt::format(
      "INSERT INTO {} (kind, document, target, state, rows_read, rows_written, refused_older, "
      "removed, owed, detail) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
      own("ledger"), quote_text(entry.kind), quote_text(entry.document), quote_text(entry.target),
      quote_text(entry.state), entry.read, entry.written, entry.refused_older, entry.removed,
      entry.owed, quote_text(entry.detail))));
  return done.insert_id;
}

Result<void> MysqlState::update_ledger(const LedgerEntry& entry) {
  TRY(session_.execute(fmt::format(
      "UPDATE {} SET state = {}, rows_read = {}, rows_written = {}, refused_older = {}, removed = "
      "{}, owed = {}, detail = {}, updated = NOW(6) WHERE id = {}",
      own("ledger"), quote_text(entry.state), entry.read, entry.written, entry.refused_older,
      entry.removed, entry.owed, quote_text(entry.detail), entry.id)));
  return {};
}

Result<std::vector<LedgerEntry>> MysqlState::ledger(size_t newest) {
  std::vector<LedgerEntry> entries;
  for (const auto& row : TRY(session_.rows(fmt::format(
           "SELECT id, kind, document, target, state, rows_read, rows_written, refused_older, "
           "removed, owed, detail FROM {} ORDER BY id DESC LIMIT {}",
           own("ledger"), newest)))) {
    entries.push_back({number(row[0]), *row[1], *row[2], *row[3], *row[4], number(row[5]),
                       number(row[6]), number(row[7]), number(row[8]), number(row[9]), *row[10]});
  }
  return entries;
}

Result<std::vector<OwedRow>> MysqlState::owed(size_t rows_max) {
  std::vector<OwedRow> owed;
  for (const auto& row : TRY(session_.rows(fmt::format(
           "SELECT target, document, k, reason, detail, revision, attempts, DATE_FORMAT(since, "
           "'%Y-%m-%d %H:%i:%s') FROM {} ORDER BY since, target, document, k_hash LIMIT {}",
           own("owed"), rows_max)))) {
    owed.push_back({{TargetName(*row[0]), DocumentName(*row[1]), DocumentKey(*row[2]),
                     reason_of(*row[3]), *row[4], Revision(number(row[5]))},
                    number(row[6]),
                    *row[7]});
  }
  return owed;
}

Result<uint64_t> MysqlState::drop_owed(const std::optional<TargetName>& target,
                                       const std::optional<DocumentName>& document) {
  std::string sql = "DELETE FROM " + own("owed") + " WHERE TRUE";
  if (target) sql += " AND target = " + quote_text(target->value);
  if (document) sql += " AND document = " + quote_text(document->value);
  return TRY(session_.execute(sql)).affected_rows;
}

Result<std::string> MysqlState::get(const std::string& name) {
  const auto rows = TRY(
      session_.rows("SELECT text FROM " + own("progress") + " WHERE name = " + quote_text(name)));
  return rows.empty() ? "" : rows[0][0].value_or("");
}

Result<void> MysqlState::put(const std::string& name, const std::string& text) {
  TRY(session_.execute(fmt::format(
      "INSERT INTO {} (name, text) VALUES ({}, {}) ON DUPLICATE KEY UPDATE text = VALUES(text)",
      own("progress"), quote_text(name), quote_text(text))));
  return {};
}

}  // namespace syncline::mysql
