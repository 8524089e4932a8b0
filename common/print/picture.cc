#include "common/print/picture.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include <algorithm>
#include <memory>

namespace inspectorate::print {
namespace {

constexpr char kQuality[] = "90";

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct FreeError {
  void operator()(GError* error) const { g_error_free(error); }
};

absl::Status Unreadable(GError* error) {
  const std::unique_ptr<GError, FreeError> owned(error);
  return absl::InvalidArgumentError(owned != nullptr ? owned->message : "the picture cannot be read");
}

// The decoders show the upper half of a picture whose lower half did not arrive.
bool IsWhole(std::string_view bytes, std::string_view media_type) {
  constexpr std::string_view kPngEnd("IEND\xae\x42\x60\x82", 8);
  constexpr std::string_view kJpegEnd("\xff\xd9", 2);
  return bytes.rfind(media_type == "image/png" ? kPngEnd : kJpegEnd) != std::string_view::npos;
}

absl::StatusOr<Owned<GdkPixbuf>> Open(std::string_view bytes, std::string_view media_type) {
  GError* error = nullptr;
  // By the type that was checked: none of the other decoders on the machine is tried.
  const Owned<GdkPixbufLoader> loader(
      gdk_pixbuf_loader_new_with_mime_type(std::string(media_type).c_str(), &error));
  if (loader == nullptr) return Unreadable(error);
  const bool written = gdk_pixbuf_loader_write(loader.get(), reinterpret_cast<const guchar*>(bytes.data()),
                                               bytes.size(), &error) != FALSE;
  // Must be closed, whatever it has read.
  const bool closed = gdk_pixbuf_loader_close(loader.get(), written ? &error : nullptr) != FALSE;
  if (!written || !closed) return Unreadable(error);
  GdkPixbuf* read = gdk_pixbuf_loader_get_pixbuf(loader.get());
  if (read == nullptr) return Unreadable(nullptr);
  return Owned<GdkPixbuf>(gdk_pixbuf_apply_embedded_orientation(read));
}

// On white: paper has no transparency.
Owned<GdkPixbuf> Scaled(const GdkPixbuf& picture, int most_pixels) {
  const int width = gdk_pixbuf_get_width(&picture);
  const int height = gdk_pixbuf_get_height(&picture);
  const double scale = std::min(1.0, static_cast<double>(most_pixels) / std::max(width, height));
  const int to_width = std::max(1, static_cast<int>(width * scale));
  const int to_height = std::max(1, static_cast<int>(height * scale));
  return Owned<GdkPixbuf>(gdk_pixbuf_composite_color_simple(
      &picture, to_width, to_height, GDK_INTERP_BILINEAR, 255, 64, 0xffffff, 0xffffff));
}

}  // namespace

absl::StatusOr<Picture> DecodePicture(std::string_view bytes, std::string_view media_type, int most_pixels) {
  if (media_type != "image/png" && media_type != "image/jpeg") {
    return absl::InvalidArgumentError("neither JPEG nor PNG");
  }
  if (!IsWhole(bytes, media_type)) return absl::InvalidArgumentError("the picture is not whole");
  absl::StatusOr<Owned<GdkPixbuf>> read = Open(bytes, media_type);
  if (!read.ok()) return read.status();
  const Owned<GdkPixbuf> scaled = Scaled(**read, most_pixels);
  if (scaled == nullptr) return absl::ResourceExhaustedError("no memory for the picture");
  gchar* out = nullptr;
  gsize size = 0;
  GError* error = nullptr;
  if (gdk_pixbuf_save_to_buffer(scaled.get(), &out, &size, "jpeg", &error, "quality", kQuality, nullptr) ==
      FALSE) {
    return Unreadable(error);
  }
  Picture picture{.jpeg = std::string(out, size),
                  .width = gdk_pixbuf_get_width(scaled.get()),
                  .height = gdk_pixbuf_get_height(scaled.get())};
  g_free(out);
  return picture;
}

}  // namespace inspectorate::print
