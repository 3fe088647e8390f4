<?php
$settings = require __DIR__ . '/settings.php';
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
header("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    . "img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; "
    . "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
header('X-Content-Type-Options: nosniff');
header('X-Frame-Options: DENY');
header('Referrer-Policy: same-origin');
header('Cross-Origin-Opener-Policy: same-origin');

$site = ['title' => 'A Chapbook site', 'tagline' => 'Each page is a script.', 'language' => 'en'];
$pages = [['index', '/', 'Home'], ['guestbook', '/guestbook', 'Guestbook']];

function h(?string $text): string {
    return htmlspecialchars($text ?? '', ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function asset(string $name): string {
    global $settings;
    return '/' . $name . '?v=' . hash_file('crc32b', $settings['root'] . '/htdocs/' . $name);
}

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$kept = $_SERVER['BENCH_KEPT'] ?? '';              // "p:" where its connection is to be kept
$db = new mysqli($kept . 'localhost', $settings['user'], $settings['password'], $settings['name'], 0, $settings['socket']);
$db->set_charset('utf8mb4');
$paged = isset($_GET['before']);
$before = $paged ? (int) $_GET['before'] : PHP_INT_MAX;
$entries = $db->query(
    'SELECT id, name, place, message, signed_at FROM guestbook_entry'
    . " WHERE id < $before ORDER BY id DESC LIMIT 21"
)->fetch_all(MYSQLI_ASSOC);
$older = null;
if (count($entries) > 20) {
    array_pop($entries);
    $older = $entries[19]['id'];
}
ob_start();
?>
<!doctype html>
<html lang="<?= h($site['language']) ?>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Guestbook | <?= h($site['title']) ?></title>
<link rel="stylesheet" href="<?= h(asset('style.css')) ?>">
<link rel="icon" href="<?= h(asset('favicon.svg')) ?>" type="image/svg+xml">
<link rel="alternate" type="application/atom+xml" title="Guestbook of <?= h($site['title']) ?>" href="<?= h('/guestbook/feed') ?>">
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="head">
<p class="site"><a href="<?= h('/') ?>"><?= h($site['title']) ?></a></p>
<?php if ($site['tagline']): ?>
<p class="tagline"><?= h($site['tagline']) ?></p>
<?php endif ?>
<nav aria-label="Pages">
<ul>
<?php foreach ($pages as [$script, $url, $label]): ?>
<li><a href="<?= h($url) ?>"<?php if ($script === 'guestbook'): ?> aria-current="page"<?php endif ?>><?= h($label) ?></a></li>
<?php endforeach ?>
<li><a href="/contact.html">Contact</a></li>
<li><a href="/booking.html">Booking</a></li>
</ul>
</nav>
</header>
<main id="main" tabindex="-1">
<h1>Guestbook</h1>
<p class="screen">Leave a line for whoever comes next: <a href="#sign">sign the book</a>.</p>

<?php if ($entries): ?>
<ol class="entries">
<?php foreach ($entries as $entry): ?>
<li class="entry" id="entry-<?= h($entry['id']) ?>">
<p class="said" dir="auto"><?= h($entry['message']) ?></p>
<p class="by"><b dir="auto"><?= h($entry['name']) ?></b><?php if ($entry['place']): ?>, <span class="place" dir="auto"><?= h($entry['place']) ?></span><?php endif ?> <time datetime="<?= gmdate('Y-m-d\TH:i:s\Z', $entry['signed_at']) ?>"><?= gmdate('j F Y', $entry['signed_at']) ?></time></p>
</li>
<?php endforeach ?>
</ol>
<?php elseif ($paged): ?>
<p class="empty">This is the first leaf of the book: there are no older entries.</p>
<?php else: ?>
<p class="empty">Nobody has signed yet. The first page is yours.</p>
<?php endif ?>
<?php if ($older || $paged): ?>
<nav class="pager" aria-label="Leaves of the guestbook">
<?php if ($paged): ?>
<a href="<?= h('/guestbook') ?>">Newest entries</a>
<?php endif ?>
<?php if ($older): ?>
<a rel="next" href="<?= h('/guestbook?' . http_build_query(['before' => $older])) ?>">Older entries</a>
<?php endif ?>
</nav>
<?php endif ?>

<section aria-labelledby="sign">
<h2 id="sign">Sign the book</h2>
<form class="coupon" method="post" action="<?= h('/guestbook') ?>">
<p class="field">
<label for="name">Your name</label>
<input id="name" name="name" required maxlength="80" autocomplete="name" dir="auto">
</p>
<p class="field">
<label for="place">Where you are from</label> <span class="hint" id="place-hint">if you like</span>
<input id="place" name="place" maxlength="80" dir="auto" aria-describedby="place-hint">
</p>
<p class="field">
<label for="message">Your words</label> <span class="hint" id="message-hint">plain text, as many lines as you need</span>
<textarea id="message" name="message" required data-error-required="Please write a few words." maxlength="4000" rows="4" dir="auto" aria-describedby="message-hint"></textarea>
</p>
<p><button>Sign the book</button></p>
</form>
</section>
<p class="small screen">New entries can be followed in a reader by the <a href="<?= h('/guestbook/feed') ?>">feed of this guestbook</a>.</p>
</main>
<footer class="foot">
<hr>
<p><?= h($site['title']) ?>. Set in Chapbook, one script a page.</p>
</footer>
</body>
</html>
<?php
header('Content-Length: ' . ob_get_length());
ob_end_flush();
