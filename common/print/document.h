// A PDF, page by page, in millimetres from the upper left corner. Text is set for Chinese: fonts, line
// breaks, text that can be searched and copied. The same calls give the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/print/picture.h"

namespace inspectorate::print {

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

// 0xRRGGBB.
struct Color {
  uint32_t rgb = 0;
};
inline constexpr Color kBlack{0x000000};
inline constexpr Color kWhite{0xffffff};

enum class Align { kLeft, kCentre, kRight };
enum class Stand { kTop, kMiddle, kBottom };

struct TextStyle {
  double size = 4;  // of a character, millimetres
  bool bold = false;
  bool serif = false;
  Color color = kBlack;
  Align align = Align::kLeft;
  Stand stand = Stand::kTop;
  bool one_line = false;
  double leading = 1.3;  // from line to line, of the size
  double tracking = 0;   // more space between characters, of the size
};

struct Heading {
  std::string title;
  std::string author;
  Date date;  // states when it was made; not read from a clock, so that a reprint is the same
};

class Document {
 public:
  explicit Document(const Heading& heading);
  ~Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // What is drawn goes to the page that was begun last.
  void BeginPage(double width, double height);
  void Fill(const Box& box, Color color, double radius = 0);
  void Frame(const Box& box, Color color, double line, double radius = 0);
  // The whole picture, as large as fits, in the middle of the box; or cut, to fill it.
  enum class Fit { kWhole, kFill };
  void Place(const Box& box, const Picture& picture, Fit fit);
  // Black on white with the margin that readers ask for inside the box. INVALID_ARGUMENT when it is too long.
  absl::Status QrCode(const Box& box, std::string_view content);

  // Sets a text into the box, smaller than asked where it would not fit otherwise; the size it got. What does
  // not fit at a third of the size is cut off and counted below.
  double Text(const Box& box, std::string_view text, const TextStyle& style);
  // The height that the text takes in this width.
  double HeightOf(double width, std::string_view text, const TextStyle& style);

  // Since the page was begun: characters for which no font has a shape, and texts that were cut.
  int missing_characters() const;
  int cut_texts() const;

  // Ends the document and gives its bytes. Nothing is drawn after.
  absl::StatusOr<std::string> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace inspectorate::print
