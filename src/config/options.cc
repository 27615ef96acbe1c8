#include "config/options.h"

#include <array>
#include <type_traits>
#include <vector>

#include "base/text.h"
#include "config/quantity.h"

namespace syncline::config {

namespace {

constexpr uint64_t kMiB = 1u << 20;
constexpr uint64_t kDayS = 86'400;

template <typename T>
constexpr uint64_t ticks(const T& field) {
  if constexpr (std::is_integral_v<T>)
    return field;
  else
    return static_cast<uint64_t>(field.count());
}

template <auto Member>
constexpr uint64_t get(const Options& options) {
  return ticks(options.*Member);
}

template <auto Member>
void set(Options& options, uint64_t value) {
  using T = std::remove_cvref_t<decltype(options.*Member)>;
  options.*Member = T(value);
}

template <auto Member>
constexpr uint64_t tick_ms() {
  using T = std::remove_cvref_t<decltype(std::declval<Options>().*Member)>;
  if constexpr (std::is_integral_v<T>)
    return 0;
  else
    return std::chrono::milliseconds(T(1)).count();
}

template <auto Member>
constexpr OptionEntry entry(std::string_view name, std::string_view unit, uint64_t min,
                            uint64_t max, std::string_view example, std::string_view meaning) {
  return {.name = name,
          .unit = unit,
          .tick_ms = tick_ms<Member>(),
          .meaning = meaning,
          .example = example,
          .min = min,
          .max = max,
          .default_value = get<Member>(Options{}),
          .get = get<Member>,
          .set = set<Member>};
}

using O = Options;

constexpr std::array kRegistry = {
    entry<&O::snapshot_workers>("snapshot.workers", "", 1, 64, "4",
                                "Chunks of a load that are read and written at the same time. More "
                                "use more of MySQL's CPU; "
                                "beyond its cores they only wait."),
    entry<&O::snapshot_chunk_documents>(
        "snapshot.chunk_documents", "documents", 1, 1'000'000, "20000",
        "Documents in one chunk of a load, the unit that a restart repeats. Few make a view for "
        "little work, many make long views."),
    entry<&O::read_bytes_max>(
        "read.bytes_max", "bytes", kMiB, 16'384 * kMiB, "128MiB",
        "Memory that one read of documents may hold. Less means more views; each worker needs it "
        "once."),
    entry<&O::stream_batch_documents>("stream.batch_documents", "documents", 1, 100'000, "5000",
                                      "Changed documents that are refreshed in one view. Few cost "
                                      "throughput, many cost latency."),
    entry<&O::stream_wide_documents>("stream.wide_documents", "documents", 1, 100'000, "5000",
                                     "A change that reaches more documents than this (a country "
                                     "renamed) is refreshed in steps of "
                                     "this size, so that other changes pass it."),
    entry<&O::stream_poll_min>("stream.poll_min", "duration", 1, 10'000, "5ms",
                               "Pause between two looks at the change log while changes come. "
                               "Longer adds to every change's "
                               "latency, shorter costs CPU of MySQL."),
    entry<&O::stream_poll_max>(
        "stream.poll_max", "duration", 1, 60'000, "200ms",
        "Pause that an idle stream backs off to. It is the latency of the first change after "
        "silence."),
    entry<&O::sweep_interval_min>(
        "sweep.interval_min", "duration", 10, 3'600'000, "1s",
        "Shortest time between two sweeps of the whole change log, which find what committed late. "
        "Longer delays those changes, never loses them."),
    entry<&O::verify_batch_documents>("verify.batch_documents", "documents", 1, 100'000, "2000",
                                      "Documents compared in one view. Many make long views."),
    entry<&O::verify_documents_per_second>(
        "verify.documents_per_second", "documents", 0, 1'000'000'000, "10000",
        "Speed of the continuous verification; 0: unlimited. Faster finds faults sooner and loads "
        "MySQL and the stores more."),
    entry<&O::verify_interval>(
        "verify.interval", "duration", 1, 7 * kDayS, "10m",
        "Pause between two continuous verifications. Longer finds faults later."),
    entry<&O::age_fence>(
        "age_fence", "duration", 1, 3'600, "30s",
        "A batch older than this is read again instead of written: a frozen writer cannot bring "
        "removed records back. At most half of each tombstone_ttl."),
    entry<&O::redis_tombstone_ttl>("redis.tombstone_ttl", "duration", 2, 30 * kDayS, "2h",
                                   "How long Redis remembers a removed key. Longer needs memory, "
                                   "shorter a shorter age_fence."),
    entry<&O::mongodb_tombstone_ttl>("mongodb.tombstone_ttl", "duration", 2, 365 * kDayS, "12h",
                                     "How long MongoDB remembers a removed key. Longer needs disk, "
                                     "shorter a shorter age_fence."),
    entry<&O::store_timeout>(
        "store.timeout", "duration", 100, 600'000, "30s",
        "How long a call to MongoDB or Redis may take before the store counts as away. Too short "
        "repeats batches, too long delays noticing."),
    entry<&O::mysql_timeout>(
        "mysql.timeout", "duration", 1, 3'600, "60s",
        "How long a statement in MySQL may take before its session is closed. Too short repeats "
        "reads for ever."),
    entry<&O::document_bytes_max>(
        "document.bytes_max", "bytes", 1'024, 15 * kMiB, "1MiB",
        "A larger document is not written but owed, by name. MongoDB's own limit is 16MiB."),
};

std::string value_text(const OptionEntry& entry, uint64_t value) {
  if (entry.unit == "bytes") return bytes_text(value);
  if (entry.unit == "duration") return duration_text(value * entry.tick_ms);
  return with_commas(value);
}

Result<uint64_t> parse_value(const OptionEntry& entry, std::string_view text) {
  if (entry.unit == "bytes") return parse_bytes(text);
  if (entry.unit != "duration") return parse_count(text);
  const uint64_t milliseconds = TRY(parse_duration_ms(text));
  if (milliseconds % entry.tick_ms != 0)
    return invalid("\"" + std::string(text) + "\" is no whole number of seconds",
                   "write for example " + std::string(entry.example));
  return milliseconds / entry.tick_ms;
}

}  // namespace

std::span<const OptionEntry> option_registry() { return kRegistry; }

Result<void> set_option(Options& options, std::string_view name, std::string_view text) {
  std::vector<std::string> names;
  for (const OptionEntry& entry : kRegistry) {
    names.emplace_back(entry.name);
    if (entry.name != name) continue;
    const auto value = parse_value(entry, text);
    if (!value.ok()) return value.error().within(name);
    if (*value < entry.min || *value > entry.max)
      return invalid(
          std::string(name) + ": " + std::string(text) + " is out of bounds",
          "give " + value_text(entry, entry.min) + " to " + value_text(entry, entry.max));
    entry.set(options, *value);
    return {};
  }
  return invalid("there is no option \"" + std::string(name) + "\"", suggestion(name, names));
}

std::string options_markdown() {
  std::string out =
      "# Options\n\n"
      "Set under `options:` of the pipeline file. Nobody needs to touch them: the defaults suit "
      "one "
      "machine and millions of documents.\nDurations carry a unit (`200ms`, `60s`, `5m`, `1h`, "
      "`7d`), sizes may (`64MiB`). This page is made from `src/config/options.cc`.\n\n"
      "    options:\n      snapshot.workers: 4\n      stream.poll_max: 200ms\n\n"
      "| Option | Default | Bounds | Meaning | Example |\n|---|---|---|---|---|\n";
  for (const OptionEntry& entry : kRegistry) {
    const auto shown = [&](uint64_t value) { return value_text(entry, value); };
    const bool has_noun = entry.unit == "documents" || entry.unit == "rows";
    out += "| `" + std::string(entry.name) + "` | " + shown(entry.default_value) +
           (has_noun ? " " + std::string(entry.unit) : "") + " | " + shown(entry.min) + " to " +
           shown(entry.max) + " | " + std::string(entry.meaning) + " | `" +
           std::string(entry.example) + "` |\n";
  }
  return out;
}

}  // namespace syncline::config
