//! Photos: taken in, checked by their first bytes, kept in memory, given back.

use std::io::Cursor;

use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use image::{ImageFormat, ImageReader};

use super::super::Square;
use super::super::memory::{MAX_PHOTO_BYTES, Photo};
use super::params::Params;
use super::{Refusal, caller, entity, id_in_path};
use crate::error::{Error, Result as HouseResult};

const MAX_DESCRIPTION_CHARS: usize = 1_500;

pub(super) fn routes_v1(config: &mut ServiceConfig) {
    config
        .route("/media", web::post().to(upload))
        .route("/media/{id}", web::get().to(show))
        .route("/media/{id}", web::put().to(describe));
}

pub(super) fn routes_v2(config: &mut ServiceConfig) {
    config.route("/media", web::post().to(upload));
}

async fn upload(square: Data<Square>, request: HttpRequest, params: Params) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:media")?;
    let missing = || Refusal::invalid("Validation failed: File can't be blank");
    let bytes = params.file("file").cloned().ok_or_else(missing)?;
    let description = params.get("description").map(str::to_owned);
    let photo = photo_of(bytes, me, description).map_err(|problem| Refusal::invalid(&problem.to_string()))?;
    let mut memory = square.memory();
    let id = memory.add_photo(photo, square.now());
    let photo = memory.photos.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::media(&square.base_url(), photo)))
}

/// A photo made of bytes; says no to everything that is not a small enough JPEG, PNG, GIF or WebP.
pub(in super::super) fn photo_of(
    bytes: Bytes,
    owner: usize,
    description: Option<String>,
) -> HouseResult<Photo> {
    let wrong = |what: &str| Error::Invalid(format!("Validation failed: File {what}"));
    if bytes.len() > MAX_PHOTO_BYTES {
        return Err(wrong("file size must be less than 8 MB"));
    }
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format()?;
    let (mime, extension) = match reader.format() {
        Some(ImageFormat::Jpeg) => ("image/jpeg", "jpg"),
        Some(ImageFormat::Png) => ("image/png", "png"),
        Some(ImageFormat::Gif) => ("image/gif", "gif"),
        Some(ImageFormat::WebP) => ("image/webp", "webp"),
        _ => return Err(wrong("content type is invalid")),
    };
    let (width_px, height_px) = reader.into_dimensions().map_err(|_| wrong("is not a readable photo"))?;
    let description: Option<String> =
        description.map(|text| text.chars().take(MAX_DESCRIPTION_CHARS).collect());
    let description = description.filter(|text| !text.trim().is_empty());
    Ok(Photo { id: 0, owner, bytes, mime, extension, width_px, height_px, description, attached: false })
}

async fn show(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:media")?;
    let id = id_in_path(&path)?;
    let memory = square.memory();
    let photo = memory.photos.get(&id).filter(|photo| photo.owner == me).ok_or_else(Refusal::not_found)?;
    Ok(HttpResponse::Ok().json(entity::media(&square.base_url(), photo)))
}

async fn describe(
    square: Data<Square>,
    request: HttpRequest,
    path: Path<String>,
    params: Params,
) -> Result<HttpResponse, Refusal> {
    let me = caller(&square, &request, &params, "write:media")?;
    let id = id_in_path(&path)?;
    let mut memory = square.memory();
    let photo =
        memory.photos.get_mut(&id).filter(|photo| photo.owner == me).ok_or_else(Refusal::not_found)?;
    if let Some(text) = params.get("description") {
        photo.description = Some(text.chars().take(MAX_DESCRIPTION_CHARS).collect());
    }
    Ok(HttpResponse::Ok().json(entity::media(&square.base_url(), photo)))
}

/// `GET /media/ID.EXT`: the bytes as they came, never run by a browser.
pub(in super::super) async fn serve(
    square: Data<Square>,
    path: Path<String>,
) -> Result<HttpResponse, Refusal> {
    let (id, extension) = path.split_once('.').ok_or_else(Refusal::not_found)?;
    let id = id_in_path(id)?;
    let memory = square.memory();
    let photo = memory.photos.get(&id).filter(|photo| photo.extension == extension);
    let photo = photo.ok_or_else(Refusal::not_found)?;
    let forever = (header::CACHE_CONTROL, "private, max-age=3600, immutable");
    Ok(HttpResponse::Ok().content_type(photo.mime).insert_header(forever).body(photo.bytes.clone()))
}
