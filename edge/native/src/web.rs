//! The built web application's files.

use crate::EdgeError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use conclave_edge_core::files;
use std::path::Path;
use tower_http::services::ServeDir;

/// A folder with `index.html`, and `assets` whose names carry a hash of their content.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    files: ServeDir,
}

impl Web {
    /// Takes a folder that exists.
    pub(crate) fn new(root: &Path) -> Result<Self, EdgeError> {
        if !root.join("index.html").is_file() {
            return Err(EdgeError::Settings("web must be a folder with index.html in it".into()));
        }
        let files = ServeDir::new(root)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        Ok(Self { files })
    }

    /// The file that is asked for; `None` where there is none.
    pub(crate) async fn serve(&self, mut request: Request) -> Option<Response<Body>> {
        let file = files::asked(request.method().as_str(), request.uri().path())?;
        let cache = file.cache;
        *request.uri_mut() = Uri::try_from(file.path).ok()?;
        let response = self.files.clone().try_call(request).await.ok()?;
        let found = response.status() == StatusCode::NOT_MODIFIED
            || response.status() == StatusCode::RANGE_NOT_SATISFIABLE
            || response.status().is_success();
        if !found {
            return None;
        }
        let mut response = response.map(Body::new);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        Some(response)
    }
}
