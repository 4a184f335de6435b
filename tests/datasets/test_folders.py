"""Data sets of image files, on small ones in the official layouts."""

import json

import numpy as np
import pytest

from lls_hw.datasets.names import DataError, load_data

Image = pytest.importorskip("PIL.Image", reason="needs Pillow: pip install '.[paper]'")

COLOURS = [(250, 10, 10), (10, 250, 10), (10, 10, 250)]


def write(path, colour, size=(20, 16)):
    """An image of one colour, which JPEG keeps to a few units; suffixes as published."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, format="JPEG", quality=95)


def check(images, colours, size):
    assert images.shape == (len(colours), 3, size, size) and images.dtype == np.uint8
    for image, colour in zip(images, colours, strict=True):
        assert np.abs(image.astype(int) - np.array(colour)[:, None, None]).max() < 8


@pytest.fixture
def imagenette(tmp_path):
    root = tmp_path / "imagenette2-160"
    for part, count in (("train", 2), ("val", 1)):
        for k, name in enumerate(("n01440764", "n02102040", "n02979186")):
            for i in range(count):
                write(root / part / name / f"{part}_{i}.JPEG", COLOURS[k])
    return tmp_path


def test_imagenette(imagenette):
    data = load_data("imagenette", imagenette, size=12)
    assert data.classes == 3
    assert data.train_labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.test_labels.tolist() == [0, 1, 2]
    check(data.train_images, [COLOURS[k] for k in (0, 0, 1, 1, 2, 2)], 12)
    check(data.test_images, COLOURS, 12)


def test_decoded_once_and_again_when_files_change(imagenette):
    first = load_data("imagenette", imagenette, size=8)
    kept = sorted((imagenette / "imagenette2-160").glob("*.npy"))
    assert len(kept) == 2
    assert (load_data("imagenette", imagenette, size=8).train_images == first.train_images).all()
    write(imagenette / "imagenette2-160/val/n01440764/val_0.JPEG", COLOURS[2], size=(60, 60))
    changed = load_data("imagenette", imagenette, size=8)
    check(changed.test_images, [COLOURS[k] for k in (2, 1, 2)], 8)
    assert len(sorted((imagenette / "imagenette2-160").glob("*.npy"))) == 3


def test_the_middle_of_a_picture_is_kept(tmp_path):
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, 10:20] = 255
    path = tmp_path / "imagenette2-160/train/n01440764/a.JPEG"
    path.parent.mkdir(parents=True)
    Image.fromarray(picture).save(path, format="PNG")
    write(tmp_path / "imagenette2-160/val/n01440764/b.JPEG", COLOURS[0])
    assert (load_data("imagenette", tmp_path, size=10).train_images == 255).all()


def test_imagenette_with_a_missing_class(imagenette):
    (imagenette / "imagenette2-160/train/n09999999").mkdir()
    with pytest.raises(DataError, match="different class folders"):
        load_data("imagenette", imagenette)


def test_a_file_that_is_no_image(imagenette):
    (imagenette / "imagenette2-160/train/n01440764/train_0.JPEG").write_text("nothing")
    with pytest.raises(DataError, match="train_0.JPEG is not an image"):
        load_data("imagenette", imagenette, size=8)


@pytest.fixture
def tinyimagenet(tmp_path):
    root = tmp_path / "tiny-imagenet-200"
    names = ["n02124075", "n01443537", "n04067472"]
    for name, colour in zip(names, COLOURS, strict=True):
        for i in range(2):
            write(root / "train" / name / "images" / f"{name}_{i}.JPEG", colour, (64, 64))
    lines = []
    for i, k in enumerate((2, 0)):
        write(root / "val" / "images" / f"val_{i}.JPEG", COLOURS[k], (64, 64))
        lines.append(f"val_{i}.JPEG\t{names[k]}\t0\t0\t62\t62\n")
    (root / "val" / "val_annotations.txt").write_text("".join(lines))
    (root / "wnids.txt").write_text("\n".join(names) + "\n")
    return tmp_path


def test_tinyimagenet(tinyimagenet):
    """Classes are in the order of their names, whatever wnids.txt says."""
    data = load_data("tinyimagenet", tinyimagenet)
    assert data.classes == 3
    assert data.train_labels.tolist() == [0, 0, 1, 1, 2, 2]
    check(data.train_images, [COLOURS[k] for k in (1, 1, 0, 0, 2, 2)], 64)
    assert data.test_labels.tolist() == [2, 1]
    check(data.test_images, [COLOURS[2], COLOURS[0]], 64)


def test_tinyimagenet_with_an_unknown_class(tinyimagenet):
    notes = tinyimagenet / "tiny-imagenet-200/val/val_annotations.txt"
    notes.write_text(notes.read_text() + "val_9.JPEG\tn00000000\t0\t0\t1\t1\n")
    with pytest.raises(DataError, match="val_9.JPEG"):
        load_data("tinyimagenet", tinyimagenet)


@pytest.fixture
def vww(tmp_path):
    for part, numbers in (("train", (7, 3, 5)), ("val", (11, 9))):
        pictures = [{"id": n, "file_name": f"COCO_{part}_{n}.jpg"} for n in numbers]
        notes = [{"image_id": n, "category_id": int(n in (3, 9)), "area": 1} for n in numbers]
        notes.append({"image_id": numbers[0], "category_id": 0, "area": 2})
        categories = [{"id": 0, "name": "background"}, {"id": 1, "name": "person"}]
        path = tmp_path / "annotations" / f"instances_{part}.json"
        path.parent.mkdir(exist_ok=True)
        content = {"images": pictures, "annotations": notes, "categories": categories}
        path.write_text(json.dumps(content))
        for n in numbers:
            write(tmp_path / "all2014" / f"COCO_{part}_{n}.jpg", COLOURS[n in (3, 9)])
    return tmp_path


def test_visual_wake_words(vww):
    data = load_data("vww", vww, size=16)
    assert data.classes == 2
    assert data.train_labels.tolist() == [1, 0, 0]  # images 3, 5, 7
    assert data.test_labels.tolist() == [1, 0]  # images 9, 11
    check(data.train_images, [COLOURS[k] for k in (1, 0, 0)], 16)


def test_visual_wake_words_incomplete(vww):
    (vww / "all2014" / "COCO_val_9.jpg").unlink()
    with pytest.raises(DataError, match="COCO_val_9.jpg is missing"):
        load_data("vww", vww, size=16)
    (vww / "annotations" / "instances_train.json").write_text('{"images": []}')
    with pytest.raises(DataError, match="not an annotation file"):
        load_data("vww", vww, size=16)
