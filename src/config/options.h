#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace syncline::config {

/// Every tunable of the program, with its default. Set under `options:` of the pipeline file.
/// Nobody needs to touch them. The registry in options.cc gives each its bounds, unit, meaning and
/// example; docs/options.md is made from it.
struct Options {
  uint64_t snapshot_workers = 2;
  uint64_t snapshot_chunk_documents = 5000;
  uint64_t read_bytes_max = 64u << 20;
  uint64_t stream_batch_documents = 2000;
  uint64_t stream_wide_documents = 1000;
  std::chrono::milliseconds stream_poll_min{2};
  std::chrono::milliseconds stream_poll_max{50};
  std::chrono::milliseconds sweep_interval_min{200};
  uint64_t verify_batch_documents = 1000;
  uint64_t verify_documents_per_second =
      2000;                                  ///< of `run`'s continuous verification; 0: unlimited
  std::chrono::seconds verify_interval{60};  ///< pause between two continuous verifications
  std::chrono::seconds age_fence{60};
  std::chrono::seconds redis_tombstone_ttl{3600};
  std::chrono::seconds mongodb_tombstone_ttl{86400};
  std::chrono::milliseconds store_timeout{10000};
  std::chrono::seconds mysql_timeout{30};
  uint64_t document_bytes_max = 15u << 20;

  bool operator==(const Options&) const = default;
};

/// One option as people see it.
struct OptionEntry {
  std::string_view name;     ///< "snapshot.chunk_documents"
  std::string_view unit;     ///< "documents", "rows", "bytes", "duration", ""
  uint64_t tick_ms = 0;      ///< durations: milliseconds in one of the field's ticks; else 0
  std::string_view meaning;  ///< one sentence, with the cost of a wrong value
  std::string_view example;
  uint64_t min = 0;  ///< in the field's own unit, as max and default_value
  uint64_t max = 0;
  uint64_t default_value = 0;
  uint64_t (*get)(const Options&);
  void (*set)(Options&, uint64_t);
};

/// All options, in the order of the documentation.
std::span<const OptionEntry> option_registry();

/// Sets one from its text ("5000", "64MiB", "200ms", "1h"). kInvalid: unknown name (with the
/// nearest), bad number or unit, out of bounds.
Result<void> set_option(Options& options, std::string_view name, std::string_view text);

/// docs/options.md, made from the registry.
std::string options_markdown();

}  // namespace syncline::config
