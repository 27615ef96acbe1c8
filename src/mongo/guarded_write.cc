#include "mongo/guarded_write.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "mongo/errors.h"
#include "mongo/handles.h"
#include "mongo/record_bson.h"
#include "mongo/statements.h"
#include "ports/trial.h"

namespace syncline::mongo {

using document::Image;
using ports::OwedReason;

namespace {

// A command holds the document and its guard within the store's 16 MiB.
constexpr uint64_t kDocumentBytesMax = (16u << 20) - (64u << 10);

std::string too_large(uint64_t bytes, uint64_t bytes_max) {
  return "it has " + with_commas(bytes) + " bytes as BSON, more than " + with_commas(bytes_max) +
         "; embed less in it, or raise options.document_bytes_max (MongoDB's limit is 16 MiB)";
}

}  // namespace

GuardedWrite::GuardedWrite(const WriteContext& context, const ports::WriteBatch& batch)
    : context_(context),
      batch_(batch),
      permission_([this] { return check_fence(); }),
      sorted_(batch.images.size()),
      fates_(batch.images.size(), Fate::kPending) {
  std::iota(sorted_.begin(), sorted_.end(), 0);
  std::ranges::sort(sorted_, {},
                    [&](size_t i) -> const DocumentKey& { return batch_.images[i].key; });
}

Result<ports::WriteOutcome> GuardedWrite::run() {
  TRY(check_fence());
  ports::step();
  TRY(context_.ownership.raise(batch_.plan, batch_.revision, batch_.writes_before));
  uint64_t writes = 0;
  if (!sorted_.empty()) {
    TRY(pass_over_covered());
    ports::step();
    TRY(remove_absent());
    const Result<void> sent = write_present();
    ports::step();
    // A fence that closes between two commands leaves what the first one wrote.
    if (sent.ok() || sent.error().kind() == ErrorKind::kTooOld) TRY(take_back_covered());
    TRY(sent);
    writes = TRY(context_.ownership.count_write(batch_.plan));
  }
  const auto count = [&](Fate fate) {
    return static_cast<uint64_t>(std::ranges::count(fates_, fate));
  };
  return ports::WriteOutcome{.written = count(Fate::kWritten),
                             .removed = count(Fate::kRemoved),
                             .older = count(Fate::kOlder),
                             .refused = std::move(refused_),
                             .writes = writes};
}

Result<void> GuardedWrite::check_fence() const {
  const auto age = context_.clock.boot_now() - batch_.taken_on;
  if (age <= context_.options.age_fence) return {};
  if (ports::is_broken(ports::Rule::kAgeFence)) return {};
  return too_old("a batch of " + batch_.plan.name.value + " was taken on " +
                 std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age).count()) +
                 " s ago, longer than options.age_fence");
}

Result<void> GuardedWrite::pass_over_covered() {
  const Newer newer =
      TRY(context_.tombstones.newer(batch_.plan, batch_.revision, keys_of(sorted_)));
  for (const size_t i : sorted_) {
    if (newer.covers(batch_.images[i].key)) fates_[i] = Fate::kOlder;
  }
  return {};
}

Result<void> GuardedWrite::remove_absent() {
  std::vector<size_t> images = images_with(Fate::kPending);
  std::erase_if(images, [&](size_t i) { return batch_.images[i].record.has_value(); });
  if (images.empty()) return {};
  if (!ports::is_broken(ports::Rule::kTombstone)) {
    TRY(context_.tombstones.raise(batch_.plan, batch_.revision, keys_of(images), permission_));
  }
  ports::step();
  const int64_t removed = TRY(remove(images, below(batch_.revision), permission_));
  for (const size_t i : images) fates_[i] = Fate::kRemoved;
  if (removed == std::ssize(images)) return {};
  // What was not there to be deleted is absent, newer or not ours. A lower one was inserted just
  // now: its writer finds our tombstone.
  const Revisions revisions = TRY(revisions_of(images));
  for (const size_t i : images) note_unless_lower(i, revisions);
  return {};
}

Result<void> GuardedWrite::write_present() {
  constexpr int kAttempts = 3;
  std::vector<Conflict> conflicts = TRY(send(images_with(Fate::kPending)));
  for (int attempt = 1; !conflicts.empty(); ++attempt) {
    conflicts = TRY(judge(std::move(conflicts)));
    if (attempt == kAttempts) break;
    std::vector<size_t> images;
    for (const Conflict& conflict : conflicts) images.push_back(conflict.image);
    // Records that swap the values of a unique index are in each other's way until the old ones
    // are gone. The keys are written below, or owed.
    if (attempt == kAttempts - 1 && images.size() > 1) {
      TRY(remove(images, below(batch_.revision), permission_));
    }
    conflicts = TRY(send(images));
  }
  for (const Conflict& conflict : conflicts) {
    refuse(conflict.image, OwedReason::kRefused,
           index_of_conflict(conflict.message) +
               " of the collection has its value already; it is "
               "tried again, until the other document changes or the index is dropped");
  }
  return {};
}

/// Writes the images; those that met an 11000 are returned.
Result<std::vector<GuardedWrite::Conflict>> GuardedWrite::send(const std::vector<size_t>& images) {
  const uint64_t bytes_max = std::min(context_.options.document_bytes_max, kDocumentBytesMax);
  WriteCommand command(context_.store, WriteCommand::kUpdate, batch_.plan.name.value, permission_);
  const bool is_guarded = !ports::is_broken(ports::Rule::kRevisionGuard);
  const Revision guard = is_guarded ? batch_.revision : Revision(INT64_MAX);
  std::vector<size_t> sent;  // statement -> image
  Bson document;
  for (const size_t i : images) {
    const Result<void> encoded =
        encode_record(batch_.plan, batch_.images[i], batch_.revision, document.get());
    if (!encoded.ok()) {
      refuse(i, OwedReason::kRefused, encoded.error().text());
      continue;
    }
    const uint64_t bytes = document.get()->len;
    if (bytes > bytes_max) {
      refuse(i, OwedReason::kTooLarge, too_large(bytes, bytes_max));
      continue;
    }
    TRY(command.make_room(bytes));
    TRY(command.add([&](bson_t* statement) {
      append_replace(*document.get(), below(guard), /*upsert=*/true, statement);
      return Result<void>();
    }));
    sent.push_back(i);
    fates_[i] = Fate::kUnconfirmed;
  }
  std::vector<Conflict> conflicts;
  WriteReply reply = TRY(command.finish());
  for (WriteError& error : reply.errors) {
    const size_t image = sent[error.index];
    if (error.code == kDuplicateKey) {
      fates_[image] = Fate::kPending;
      conflicts.push_back({image, std::move(error.message)});
    } else if (is_transient_code(error.code)) {
      return error_of_code(error.code, error.message, context_.store.where());
    } else {
      refuse(image, is_too_large(error.code) ? OwedReason::kTooLarge : OwedReason::kRefused,
             "the store says: " + error.message + " (" + std::to_string(error.code) + ")");
    }
  }
  return conflicts;
}

/// Finds out by reading back who was first; those that may be written all the same are returned.
Result<std::vector<GuardedWrite::Conflict>> GuardedWrite::judge(std::vector<Conflict> conflicts) {
  std::vector<size_t> images;
  for (const Conflict& conflict : conflicts) images.push_back(conflict.image);
  const Revisions revisions = TRY(revisions_of(images));
  for (const size_t i : images) note_unless_lower(i, revisions);
  std::erase_if(conflicts,
                [&](const Conflict& conflict) { return fates_[conflict.image] != Fate::kPending; });
  return conflicts;
}

/// Notes what it means that the store has a record which the guard spared. A lower one, or none,
/// means nothing.
void GuardedWrite::note_unless_lower(size_t image, const Revisions& revisions) {
  const auto found = revisions.find(batch_.images[image].key);
  if (found == revisions.end()) return;
  if (!found->second) {
    refuse(image, OwedReason::kRefused,
           "the collection has a document with this _id and without _revision, which is not ours; "
           "remove it, or take it over by --adopt");
  } else if (*found->second > batch_.revision) {
    fates_[image] = Fate::kOlder;
  } else if (*found->second == batch_.revision && batch_.images[image].record) {
    fates_[image] = Fate::kUnconfirmed;
  }
}

Result<void> GuardedWrite::take_back_covered() {
  const std::vector<size_t> written = images_with(Fate::kUnconfirmed);
  if (written.empty()) return {};
  const Newer newer =
      TRY(context_.tombstones.newer(batch_.plan, batch_.revision, keys_of(written)));
  std::vector<size_t> covered;
  for (const size_t i : written) {
    const bool is_covered =
        newer.covers(batch_.images[i].key) && !ports::is_broken(ports::Rule::kLookAfterWrite);
    fates_[i] = is_covered ? Fate::kOlder : Fate::kWritten;
    if (is_covered) covered.push_back(i);
  }
  ports::step();
  // No fence here: what was written must not stay.
  TRY(remove(covered, exactly(batch_.revision), {}));
  return {};
}

Result<int64_t> GuardedWrite::remove(const std::vector<size_t>& images, const Guard& guard,
                                     const WriteCommand::Permission& permission) {
  WriteCommand command(context_.store, WriteCommand::kDelete, batch_.plan.name.value, permission);
  for (const size_t i : images) {
    TRY(command.add([&](bson_t* statement) {
      return append_delete(batch_.plan, batch_.images[i].key, guard, statement);
    }));
  }
  return command.finish_all();
}

Result<GuardedWrite::Revisions> GuardedWrite::revisions_of(const std::vector<size_t>& images) {
  Revisions revisions;
  Bson options;
  {
    Nested projection(options.get(), "projection", Nested::kDocument);
    BSON_APPEND_INT32(projection.get(), kRevisionField, 1);
  }
  const auto visit = [&](const bson_t& record) -> Result<void> {
    bson_iter_t id;
    if (!bson_iter_init_find(&id, &record, "_id")) return {};
    auto key = key_of_id(batch_.plan.key(), id);
    if (key) revisions[std::move(*key)] = revision_of(record);
    return {};
  };
  const std::vector<DocumentKey> keys = keys_of(images);
  for (std::span<const DocumentKey> left = keys; !left.empty();) {
    const auto some = left.first(std::min(left.size(), kKeysPerFilter));
    Bson filter;
    TRY(append_id_filter(batch_.plan, some, filter.get()));
    TRY(context_.store.find(batch_.plan.name.value, *filter.get(), *options.get(), visit));
    left = left.subspan(some.size());
  }
  return revisions;
}

void GuardedWrite::refuse(size_t image, OwedReason reason, const std::string& why) {
  fates_[image] = Fate::kRefused;
  refused_.push_back(
      {image, reason, batch_.plan.name.value + " " + batch_.images[image].key.value + ": " + why});
}

std::vector<size_t> GuardedWrite::images_with(Fate fate) const {
  std::vector<size_t> images;
  std::ranges::copy_if(sorted_, std::back_inserter(images),
                       [&](size_t i) { return fates_[i] == fate; });
  return images;
}

std::vector<DocumentKey> GuardedWrite::keys_of(const std::vector<size_t>& images) const {
  std::vector<DocumentKey> keys;
  keys.reserve(images.size());
  for (const size_t i : images) keys.push_back(batch_.images[i].key);
  return keys;
}

}  // namespace syncline::mongo
