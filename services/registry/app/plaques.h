// The acts of a plaque's life, and how many schools have a right one.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

// Of the code that a board's QR holds: 160 random bits in base64url.
inline constexpr size_t kTokenCharacters = 27;
// The sides of a board, in millimetres.
inline constexpr int kLeastBoardMm = 100, kMostBoardMm = 3000;

absl::StatusOr<v1::Plaque> DraftPlaque(work::Unit& unit, const rpc::Call& call,
                                       const v1::DraftPlaqueRequest& request);
absl::StatusOr<v1::Plaque> ApprovePlaque(work::Unit& unit, const rpc::Call& call,
                                         const v1::ApprovePlaqueRequest& request);
absl::StatusOr<v1::Plaque> MakePlaque(work::Unit& unit, const rpc::Call& call,
                                      const v1::MakePlaqueRequest& request);
absl::StatusOr<v1::Plaque> MountPlaque(work::Unit& unit, const rpc::Call& call,
                                       const v1::MountPlaqueRequest& request);
absl::StatusOr<v1::Plaque> VerifyPlaque(work::Unit& unit, const rpc::Call& call,
                                        const v1::VerifyPlaqueRequest& request);

// `office` is a slug.
absl::StatusOr<v1::PlaqueCoverage> GetPlaqueCoverage(db::Session& session, const std::string& office,
                                                     Date day);

}  // namespace inspectorate::registry
