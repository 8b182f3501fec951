<?php
/**
 * @package WordPress
 */
$wp_version = '5.7.1';
$wp_db_version = 49752;
$required_php_version = '5.6.20';
