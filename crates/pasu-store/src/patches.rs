//! Images that were patched here.

use crate::pack::{pack_json, unpack_json};
use crate::row::malformed;
use crate::{Store, StoreError};
use pasu_model::ImagePatch;
use rusqlite::params;

impl Store {
    /// Keeps what became of patching an image.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_patch(&self, patch: &ImagePatch) -> Result<(), StoreError> {
        let packed = pack_json(patch).map_err(StoreError::Unfit)?;
        self.connection()
            .execute(
                "INSERT INTO patch (started, packed) VALUES (?1, ?2)",
                params![patch.started, packed],
            )
            .map_err(self.error())?;
        Ok(())
    }

    /// The images that were patched last, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn patches(&self, limit: usize) -> Result<Vec<ImagePatch>, StoreError> {
        let connection = self.connection();
        let found = (|| {
            let mut statement =
                connection.prepare("SELECT packed FROM patch ORDER BY id DESC LIMIT ?1")?;
            let rows = statement.query_map([limit], |row| {
                unpack_json(&row.get::<_, Vec<u8>>(0)?).map_err(malformed)
            })?;
            rows.collect::<Result<Vec<ImagePatch>, rusqlite::Error>>()
        })();
        found.map_err(self.error())
    }
}
