// What a plaque looks like: one page of the size of the board.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "common/print/document.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

struct PlaquePage {
  const v1::Plaque* plaque = nullptr;
  // By the digest that the content names.
  const std::map<std::string, print::Picture>* portraits = nullptr;
  // What the QR code holds; empty for a draft, which is marked as a sample instead.
  std::string qr;
};

absl::Status DrawPlaque(const PlaquePage& page, print::Document* document);

}  // namespace inspectorate::registry
