#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "ports/change_log.h"
#include "ports/source.h"

namespace syncline::ports {

/// How far the load of one document type into one target is.
enum class LoadPhase {
  kNone,      ///< never loaded, or its definition changed
  kLoading,   ///< chunks are being refreshed
  kCleaning,  ///< all chunks done; the cleaning walk is under way
  kLoaded,    ///< done; a second walk may still be due
};

struct Load {
  DocumentName document;
  TargetName target;
  LoadPhase phase = LoadPhase::kNone;
  Revision first;                   ///< F: the floor; chunks carry a revision of at least this
  bool is_second_walk_due = false;  ///< once more after the age fence
};

/// A part of a load. Numbered from 0 in key order; the bounds chain: one chunk's `range.last` is
/// the next one's `range.after`.
struct Chunk {
  uint64_t number = 0;
  KeyRange range;
  bool is_done = false;
};

/// One run of a command, for counting by hand.
struct LedgerEntry {
  uint64_t id = 0;
  std::string kind;      ///< "snapshot", "verify", "repair"
  std::string document;  ///< empty: all
  std::string target;    ///< empty: all
  std::string state;     ///< "running", "done", "failed", "interrupted"
  uint64_t read = 0;
  uint64_t written = 0;
  uint64_t refused_older = 0;
  uint64_t removed = 0;
  uint64_t owed = 0;
  std::string detail;  ///< JSON, by kind
};

struct OwedRow {
  OwedKey owed;
  uint64_t attempts = 0;
  std::string since;  ///< "YYYY-MM-DD hh:mm:ss"
};

/// The pipeline's own records in its MySQL schema. One thread at a time; every call blocks on
/// MySQL. kTransient: connect again happens by itself at the next call.
class State {
 public:
  virtual ~State() = default;

  virtual Result<std::vector<Load>> loads() = 0;
  /// Starts over: forgets the chunks, phase kLoading, notes the floor and returns it: `first`, or
  /// the newest number handed out if that is higher. No view is numbered meanwhile: whoever finds
  /// the load not begun has a view that is not above the floor.
  virtual Result<Revision> begin_load(const DocumentName& document, const TargetName& target,
                                      Revision first) = 0;
  /// Notes how far a load is. kTransient, and nothing is noted, when it was begun anew meanwhile:
  /// its record has another `first`. Back to kNone always.
  virtual Result<void> set_load_phase(const Load& load) = 0;

  virtual Result<std::vector<Chunk>> chunks(const DocumentName& document,
                                            const TargetName& target) = 0;
  /// Notes a chunk's bounds before it is written, for all these loads of one document type.
  /// kTransient when another process claimed this number or began one of the loads anew: read the
  /// state again.
  virtual Result<void> claim_chunk(std::span<const Load> loads, const Chunk& chunk) = 0;
  /// Notes that a chunk is written, and what the target's counter was raised to by it (0: it was
  /// empty); no chunk when its load was begun anew meanwhile.
  virtual Result<void> finish_chunk(const Load& load, uint64_t number, uint64_t ledger_id,
                                    const LedgerEntry& counts, uint64_t writes) = 0;

  /// The highest counter of each target that was noted by a settlement or a finished chunk.
  virtual Result<std::vector<WriteCount>> write_counts() = 0;
  /// A target lost writes that were noted: sets these counters, which only rise, and all loads into
  /// the target back to kNone, at once. `detail`: for people. False, and nothing is done, when
  /// another process was first: the counters are not below these.
  virtual Result<bool> note_loss(const TargetName& target, std::span<const WriteCount> counts,
                                 const std::string& detail) = 0;
  /// The document type's records are about to be removed from the target, counter and all.
  virtual Result<void> forget_writes(const DocumentName& document, const TargetName& target) = 0;

  /// Begins a ledger row; returns its id.
  virtual Result<uint64_t> open_ledger(const LedgerEntry& entry) = 0;
  /// Overwrites the counts, state and detail of a ledger row.
  virtual Result<void> update_ledger(const LedgerEntry& entry) = 0;
  virtual Result<std::vector<LedgerEntry>> ledger(size_t newest) = 0;

  virtual Result<std::vector<OwedRow>> owed(size_t rows_max) = 0;
  virtual Result<uint64_t> drop_owed(const std::optional<TargetName>& target,
                                     const std::optional<DocumentName>& document) = 0;
  /// Small named texts: the watermark, the engine's published status, the last verdict. Empty when
  /// never put.
  virtual Result<std::string> get(const std::string& name) = 0;
  virtual Result<void> put(const std::string& name, const std::string& text) = 0;
};

/// The streaming lock: one engine at a time streams a pipeline. Held in a session of its own with a
/// short wait_timeout; beat() at least every 2 s. A frozen holder loses it. Safety never rests on
/// it.
class Leadership {
 public:
  virtual ~Leadership() = default;
  /// Takes the lock if it is free; false while another one holds it.
  virtual Result<bool> try_take() = 0;
  /// Keeps it. kConflict when it was lost.
  virtual Result<void> beat() = 0;
  virtual void release() = 0;
};

}  // namespace syncline::ports
