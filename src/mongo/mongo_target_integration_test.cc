#include "mongo/mongo_store_testing.h"
#include "ports/target_conformance_testing.h"

namespace syncline::ports {

INSTANTIATE_TEST_SUITE_P(Mongo, TargetConformance,
                         testing::Values(ConformanceCase{
                             "Mongo", [] { return std::make_unique<mongo::MongoStore>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace syncline::ports
