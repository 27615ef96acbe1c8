#pragma once

#include <memory>

#include "base/result.h"
#include "ports/change_log.h"
#include "ports/source.h"
#include "ports/state.h"

namespace syncline::ports {

/// The pipeline's MySQL as sessions: each call makes an object with connections of its own, made
/// when first needed. Safe for concurrent use.
class Database {
 public:
  virtual ~Database() = default;
  virtual std::unique_ptr<Reader> reader() = 0;
  virtual std::unique_ptr<ChangeLog> change_log() = 0;
  virtual std::unique_ptr<State> state() = 0;
  virtual std::unique_ptr<Leadership> leadership() = 0;

  /// The newest number handed out so far (a plain read of the clock).
  virtual Result<Revision> newest() = 0;

  /// Every later view must be of this generation and carry a number above `known`, the highest
  /// revision that any target holds: Reader::open() fails with kConflict otherwise. Called once,
  /// before the first view.
  virtual void expect(Generation generation, Revision known) = 0;
};

}  // namespace syncline::ports
