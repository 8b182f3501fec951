//! Does to files what its arguments say, inside of an image that holds nothing else: `write /a/b 5`, `remove /a`, ….
//! Compiled by the test that uses it, for itself alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        match *words {
            ["write", path, size] => {
                fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
                let size: usize = size.parse().unwrap();
                let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
                fs::write(path, content).unwrap();
            }
            ["remove", path] if Path::new(path).is_dir() && !Path::new(path).is_symlink() => {
                fs::remove_dir_all(path).unwrap();
            }
            ["remove", path] => fs::remove_file(path).unwrap(),
            ["link", from, to] => fs::hard_link(from, to).unwrap(),
            ["symlink", target, path] => symlink(target, path).unwrap(),
            ["mode", mode, path] => {
                let mode = u32::from_str_radix(mode, 8).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
            ["owner", user, group, path] => {
                chown(path, user.parse().ok(), group.parse().ok()).unwrap();
            }
            _ => panic!("{argument}: unknown"),
        }
    }
}
